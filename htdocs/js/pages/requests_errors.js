/* What failed in a time: counts by class over it, and the latest ones. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { ago, number, short, timeText } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { chart } from '../ui/chart.js';
import { empty, failed, loading, notice } from '../ui/state.js';
import { table } from '../ui/table.js';
import { columns, errorWords, outcomeBadge, rowsOpen } from './requests_cells.js';
import { apiQuery, filterBar, readFilters } from './requests_filters.js';

const LATEST = 20;
const CHARTED = 8;
const OUTCOMES = 'error,interrupted';

/* No error type: the relay ended while it was in flight. */
function nameOfClass(one) {
	return one.error ? `${one.status} ${one.error}` : t(`outcome.${one.outcome}`);
}

function words(one) {
	return one.error ? errorWords(one.error) : t('errors.interrupted');
}

function classes(data, at, open) {
	const list = table({ label: t('requests.classes'), sort: { key: 'requests', down: true },
		columns: [
			{ key: 'error', label: t('requests.class'), sort: nameOfClass, class: 'class',
				render: (one) => [h('div', { class: 'row' }, h('code', {}, one.error || '–'),
					outcomeBadge(one)),
				h('div', { class: 'small soft plain' }, words(one))] },
			{ key: 'status', label: t('requests.http'), sort: true, class: 'number' },
			{ key: 'requests', label: t('dashboard.requests.short'), sort: true, class: 'number',
				render: (one) => number(one.requests) },
			{ key: 'lastAt', label: t('requests.latest'), sort: true, class: 'nowrap',
				render: (one) => ago(one.lastAt) },
			{ key: 'show', label: '', class: 'actions', render: (one) =>
				h('div', { class: 'row' },
					button(t('requests.open.latest'), () => open(one.lastRequestId),
						{ class: 'small' }),
					h('a', { class: 'button small', href: link('requests', { ...at, view: null,
						outcome: one.outcome, error: one.error, status: one.status || null }) },
					t('requests.all'))) },
		] });

	list.set(data.classes);
	return list;
}

function summary(data) {
	const part = data.requests ? data.errors / data.requests * 100 : 0;

	return h('p', { class: 'lead' }, t('requests.errors.of', { errors: number(data.errors),
		requests: number(data.requests), percent: number(part) }));
}

function drawn(data) {
	const shown = [...data.classes].sort((a, b) => b.requests - a.requests).slice(0, CHARTED);
	const start = new Date(data.startDate).getTime();
	const long = data.stepMs * (data.classes[0]?.steps.length ?? 0) > 36 * 3600 * 1000;

	return chart({ label: t('requests.errors.chart'), unit: short,
		labels: data.classes[0].steps.map((_, i) => {
			const text = timeText(start + i * data.stepMs);

			return long ? text.slice(5) : text.slice(11);
		}),
		series: shown.map((one) => ({ name: nameOfClass(one), values: one.steps })) });
}

export function errors(part, { query, keep, open }) {
	const box = h('div', { class: 'stack' });
	let filters = { ...readFilters(query, '24h'), outcome: OUTCOMES, status: '', error: '' };
	let turn = 0;

	async function draw() {
		const mine = ++turn;
		const asked = apiQuery(filters);

		replace(box, loading());
		try {
			const [data, latest] = await Promise.all([api.get('/admin/request-errors', asked),
				api.get('/admin/request-details', { ...asked, limit: LATEST })]);

			if (mine === turn)
				show(data, latest.records);
		} catch (e) {
			if (mine === turn)
				replace(box, failed(e, draw));
		}
	}

	function show(data, latest) {
		const { outcome: _outcome, ...at } = filters;
		const list = rowsOpen(table({ label: t('requests.failures'), columns: columns(open) }));

		list.set(latest);
		replace(box, data.partial && notice(t('requests.partial',
			{ n: number(data.requests), since: timeText(data.lookedBackTo) }), 'warn'),
		data.errors ? [
			h('section', { class: 'card' }, summary(data), drawn(data), classes(data, at, open)),
			h('section', { class: 'card' }, h('h2', {}, t('requests.failures')), list)] :
			h('section', { class: 'card' }, empty(t('requests.errors.none',
				{ requests: number(data.requests) }))));
	}

	replace(part, h('section', { class: 'card' }, filterBar({ filters,
		spans: ['1h', '24h', '7d', '30d', 'dates'], fields: ['key', 'account', 'model'],
		onChange: (changed) => {
			filters = changed;
			const { outcome: _outcome, ...at } = filters;

			keep({ ...at, span: at.span === '24h' ? null : at.span });
			draw();
		} })), box);
	draw();
}
