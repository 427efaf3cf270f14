/* What the relay did and does: figures, charts, and the charts' figures. */
import { api } from '../api.js';
import { h, replace } from '../dom.js';
import { cost, duration, number, short, time } from '../format.js';
import { t } from '../i18n.js';
import { here, link, setQuery } from '../router.js';
import { chart } from '../ui/chart.js';
import { badge, choices, empty, failed, loading, notice, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { series, spans } from './dashboard_data.js';

export const title = 'page.dashboard';

const REFRESH_MS = 15000;

function figure(name, value, more) {
	return h('div', { class: 'figure' }, h('dt', {}, name), h('dd', {}, value),
		more && h('dd', {}, more));
}

function middle(list) {
	const sorted = [...list].sort((a, b) => a - b);

	return sorted.length ? sorted[Math.floor((sorted.length - 1) / 2)] : null;
}

function figures({ overview, recentActivity: today, realtimeMetrics, systemHealth }, records) {
	const first = middle(records.map((r) => r.firstByteMs).filter((ms) => ms !== null));
	const rate = today.requestsToday ? today.errorsToday / today.requestsToday * 100 : 0;

	return h('dl', { class: 'figures' },
		figure(t('dashboard.requests'), number(today.requestsToday),
			t('dashboard.ever', { n: short(overview.totalRequestsUsed) })),
		figure(t('dashboard.tokens'), short(today.tokensToday + today.cacheReadTokensToday +
			today.cacheCreateTokensToday),
		t('dashboard.ever', { n: short(overview.totalAllTokensUsed) })),
		figure(t('dashboard.cost'), cost(today.costToday),
			t('dashboard.ever', { n: cost(overview.totalCost) })),
		figure(t('dashboard.errors'), number(today.errorsToday),
			t('dashboard.percent', { n: number(rate) })),
		figure(t('dashboard.first'), duration(first), t('dashboard.first.of', { n: records.length })),
		figure(t('dashboard.live'), number(systemHealth.live),
			t('dashboard.rate', { n: number(Math.round(realtimeMetrics.rpm * 10) / 10) })),
		figure(t('dashboard.accounts'), `${overview.normalAccounts} / ${overview.totalAccounts}`,
			t('dashboard.accounts.of')),
		figure(t('dashboard.keys'), `${overview.activeApiKeys} / ${overview.totalApiKeys}`,
			t('dashboard.accounts.of')));
}

const outcome = { complete: 'good', error: 'bad', aborted: 'warn', interrupted: 'warn' };

function latest() {
	return table({
		label: t('dashboard.latest'), empty: t('dashboard.latest.empty'),
		columns: [
			{ key: 'timestamp', label: t('dashboard.time'), class: 'plain nowrap',
				render: (r) => time(r.timestamp, true) },
			{ key: 'model', label: t('dashboard.model') },
			{ key: 'sentModel', label: t('dashboard.sent') },
			{ key: 'outcome', label: t('dashboard.outcome'),
				render: (r) => badge(t(`outcome.${r.outcome}`), outcome[r.outcome]) },
			{ key: 'totalTokens', label: t('dashboard.tokens.short'), class: 'number',
				render: (r) => number(r.totalTokens) },
			{ key: 'firstByteMs', label: t('dashboard.first'), class: 'number',
				render: (r) => duration(r.firstByteMs) },
			{ key: 'durationMs', label: t('dashboard.duration'), class: 'number',
				render: (r) => duration(r.durationMs) },
			{ key: 'cost', label: t('dashboard.cost.short'), class: 'number',
				render: (r) => r.priced ? cost(r.cost) : t('dashboard.unpriced') },
		],
	});
}

function sums(data, by) {
	const of = table({
		label: t('dashboard.table', { by: t(`dashboard.by.${by}`) }),
		sort: { key: 'requests', down: true },
		columns: [
			{ key: 'name', label: t(`dashboard.by.${by}`), sort: true, class: 'wrap' },
			{ key: 'requests', label: t('dashboard.requests.short'), sort: true,
				class: 'number', render: (r) => number(r.requests) },
			{ key: 'tokens', label: t('dashboard.tokens.short'),
				sort: true, class: 'number', render: (r) => number(r.tokens) },
			{ key: 'errors', label: t('dashboard.errors.short'),
				sort: true, class: 'number', render: (r) => number(r.errors) },
			{ key: 'cost', label: t('dashboard.cost.short'), sort: true, class: 'number',
				render: (r) => cost(r.cost) },
		],
	});

	of.set(data.sums);
	return of;
}

/* The part that the two choices change. */
function trends(query) {
	const box = h('div', { class: 'stack' });
	let span = query.span in spans ? query.span : '24h';
	let by = ['model', 'key', 'account'].includes(query.by) ? query.by : 'model';
	let turn = 0;

	async function draw() {
		const mine = ++turn;
		let data;

		try {
			data = await series(by, span);
		} catch (e) {
			if (mine === turn)
				replace(box, failed(e, draw));
			return;
		}
		if (mine !== turn)
			return;
		if (!data.sums.length) {
			replace(box, empty(t('dashboard.none')));
			return;
		}
		replace(box, data.partial && notice(t('dashboard.partial', { n: number(data.partial) }), 'warn'),
			chart({ label: t('dashboard.chart', { by: t(`dashboard.by.${by}`) }),
				labels: data.labels, series: data.series, unit: short }),
			sums(data, by));
	}

	function choose() {
		setQuery({ ...here().query, span, by });
		replace(box, loading());
		draw();
	}

	draw();
	const element = h('section', { class: 'card' },
		h('div', { class: 'card-head' }, h('h2', {}, t('dashboard.trend')),
			h('div', { class: 'row' },
				choices(t('dashboard.by'), ['model', 'key', 'account'].map((one) =>
					[one, t(`dashboard.by.${one}`)]), by, (v) => {
					by = v;
					choose();
				}),
				choices(t('dashboard.span'), Object.keys(spans).map((one) =>
					[one, t(`dashboard.span.${one}`)]), span, (v) => {
					span = v;
					choose();
				}))), box);

	return { element, draw };
}

export async function render(body, { query }) {
	const top = h('div', {}, loading());
	const list = latest();
	const trend = trends(query);

	async function refresh() {
		const [data, rows] = await Promise.all([api.get('/admin/dashboard'),
			api.get('/admin/request-details', { limit: 100 })]);

		replace(top, figures(data, rows.records));
		list.set(rows.records.slice(0, 10));
	}

	replace(body, pageHead(t('page.dashboard'), t('dashboard.intro')), top, trend.element,
		h('section', { class: 'card' }, h('div', { class: 'card-head' },
			h('h2', {}, t('dashboard.latest')), h('a', { class: 'button small',
				href: link('requests') }, t('dashboard.latest.all'))), list));
	await refresh();
	const timer = setInterval(() => {
		if (!document.hidden)
			refresh().catch((e) => replace(top, failed(e, refresh)));
	}, REFRESH_MS);

	return () => clearInterval(timer);
}
