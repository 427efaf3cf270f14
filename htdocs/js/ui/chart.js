/* Charts: bars over time, one colour for each series, by chart.js, which is
 * loaded when the first chart is drawn.  Where it is not installed the figures
 * stand in their table alone. */
import { h } from '../dom.js';
import { t } from '../i18n.js';

const colours = ['#3b74e0', '#e08a2e', '#2f9e6e', '#b04fc4', '#d1495b', '#5b8c9b',
	'#8d7b2c', '#7a6ff0', '#c2609a', '#7d8694'];
let library = null;

function load() {
	library ??= new Promise((resolve) => {
		const script = h('script', { src: 'lib/chart.js',
			onload: () => resolve(window.Chart ?? null), onerror: () => resolve(null) });

		document.head.append(script);
	});
	return library;
}

function colour(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(unit, whole) {
	const line = colour('--line');
	const soft = colour('--soft');
	const axis = { grid: { color: line }, ticks: { color: soft }, stacked: true };

	return {
		animation: false, maintainAspectRatio: false, responsive: true,
		interaction: { mode: 'index', intersect: false },
		plugins: { legend: { position: 'bottom', labels: { color: soft, boxWidth: 12 } },
			tooltip: { callbacks: { label: (item) =>
				`${item.dataset.label}: ${unit(item.parsed.y)}` } } },
		scales: { x: { ...axis, ticks: { ...axis.ticks, maxRotation: 0, autoSkipPadding: 12 } },
			y: { ...axis, beginAtZero: true, ticks: { ...axis.ticks, precision: whole ? 0 : undefined, callback: unit } } },
	};
}

/**
 * chart({label, labels, series: [{name, values}], unit}) -> element.  unit
 * makes text of a value.  The figures have to stand in a table as well.
 */
export function chart({ label, labels, series, unit }) {
	const canvas = h('canvas', { 'role': 'img', 'aria-label': label });
	const box = h('div', { class: 'chart' }, canvas);
	const whole = series.every((one) => one.values.every(Number.isInteger));

	load().then((Chart) => {
		if (!Chart) {
			box.replaceWith(h('p', { class: 'small soft' }, t('chart.none')));
			return;
		}
		const drawn = new Chart(canvas, { type: 'bar', options: options(unit, whole), data: { labels,
			datasets: series.map((one, i) => ({ label: one.name, data: one.values,
				backgroundColor: colours[i % colours.length], maxBarThickness: 36 })) } });
		const again = () => {
			if (!box.isConnected) {
				removeEventListener('llmrelay-theme', again);
				drawn.destroy();
				return;
			}
			drawn.options = options(unit, whole);
			drawn.update();
		};

		addEventListener('llmrelay-theme', again);
	});
	return box;
}
