/* What a key used over time: a chart, its figures, and both as a file. */
import { address, api } from '../api.js';
import { h, replace } from '../dom.js';
import { cost, number, short, timeText } from '../format.js';
import { t } from '../i18n.js';
import { here, setQuery } from '../router.js';
import { chart } from '../ui/chart.js';
import { choices, empty, failed, loading } from '../ui/state.js';
import { table } from '../ui/table.js';

const PATH = '/admin/usage-trend';
const spans = { '24h': { granularity: 'hour' }, '7d': { days: 7 }, '30d': { days: 30 },
	'90d': { days: 90 } };
const series = {
	requests: [['requests', 'requests']],
	tokens: [['inputTokens', 'inputTokens'], ['cacheReadTokens', 'cacheReadTokens'],
		['cacheCreateTokens', 'cacheCreateTokens'], ['outputTokens', 'outputTokens']],
	cost: [['cost', 'cost']],
};

function labelOf(point) {
	return point.hour ? timeText(point.hour).slice(5) : point.date;
}

function figures(points) {
	const list = table({ label: t('keys.trend.table'), columns: [
		{ key: 'label', label: t('dashboard.time'), class: 'nowrap', render: labelOf },
		...['requests', 'errors', 'inputTokens', 'cacheReadTokens', 'outputTokens'].map((name) =>
			({ key: name, label: t(`keys.count.${name}`), class: 'number',
				render: (point) => number(point[name]) })),
		{ key: 'cost', label: t('keys.count.cost'), class: 'number',
			render: (point) => cost(point.cost) },
	] });

	list.classList.add('dense');
	list.set(points.filter((point) => point.requests).reverse());
	return list;
}

function drawn(points, what) {
	return chart({ label: t('keys.trend.chart', { what: t(`keys.trend.${what}`) }),
		labels: points.map((point) => labelOf(point).slice(point.hour ? 6 : 5)),
		unit: what === 'cost' ? cost : short,
		series: series[what].map(([field, word]) => ({ name: t(`keys.count.${word}`),
			values: points.map((point) => point[field]) })) });
}

export function keyTrend(key) {
	const { query } = here();
	const box = h('div', { class: 'stack' });
	const file = h('div', {});
	let what = query.what in series ? query.what : 'requests';
	let span = query.span in spans ? query.span : '30d';
	let turn = 0;

	async function draw() {
		const mine = ++turn;
		const asked = { ...spans[span], keyId: key.id };

		replace(file, h('a', { class: 'button small', download: 'usage.csv',
			href: address(PATH, { ...asked, format: 'csv' }).href }, t('keys.csv')));
		replace(box, loading());
		try {
			const points = await api.get(PATH, asked);

			if (mine === turn)
				replace(box, points.some((point) => point.requests) ?
					[drawn(points, what), figures(points)] : empty(t('keys.trend.none')));
		} catch (e) {
			if (mine === turn)
				replace(box, failed(e, draw));
		}
	}

	function choose(change) {
		({ what, span } = { what, span, ...change });
		setQuery({ ...here().query, what, span });
		draw();
	}

	draw();
	return h('section', { class: 'card' },
		h('div', { class: 'card-head' }, h('h2', {}, t('keys.trend')), h('div', { class: 'row' },
			choices(t('keys.trend.what'), Object.keys(series).map((one) =>
				[one, t(`keys.trend.${one}`)]), what, (one) => choose({ what: one })),
			choices(t('dashboard.span'), Object.keys(spans).map((one) =>
				[one, t(`keys.span.${one}`)]), span, (one) => choose({ span: one })),
			file)), box);
}
