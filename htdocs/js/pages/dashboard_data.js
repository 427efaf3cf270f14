/* The dashboard's charts: of the newest rows of the ledger, put together by
 * model, key or account and by time. */
import { api } from '../api.js';
import { timeText } from '../format.js';
import { t } from '../i18n.js';

const HOUR = 3600 * 1000;

/** How far back, in how many steps. */
export const spans = {
	'1h': { ms: HOUR, steps: 12 },
	'24h': { ms: 24 * HOUR, steps: 24 },
	'7d': { ms: 7 * 24 * HOUR, steps: 7 },
	'30d': { ms: 30 * 24 * HOUR, steps: 30 },
};
const PAGE = 1000;
const ROWS_MAX = 5000;
const SERIES = 8;

/* The ledger back to a time; partial when that was too much. */
async function ledger(from) {
	const rows = [];
	let before = null;

	while (rows.length < ROWS_MAX) {
		const { records } = await api.get('/admin/request-details', { limit: PAGE, before });

		rows.push(...records.filter((r) => new Date(r.timestamp).getTime() >= from));
		if (records.length < PAGE)
			return { rows, partial: 0 };
		before = new Date(records.at(-1).timestamp).getTime();
		if (before < from)
			return { rows, partial: 0 };
	}
	return { rows, partial: rows.length };
}

async function names(by) {
	const of = new Map();

	if (by === 'key') {
		const keys = await api.get('/admin/api-keys', { pageSize: 100 });

		keys.items.forEach((one) => of.set(one.id, one.name));
	} else if (by === 'account') {
		const faces = ['azure-openai-accounts', 'openai-accounts', 'openai-responses-accounts'];
		const lists = await Promise.all(faces.map((face) => api.get(`/admin/${face}`)));

		lists.flat().forEach((one) => of.set(one.id, one.name));
	}
	return of;
}

const field = { model: 'model', key: 'keyId', account: 'accountId' };

/**
 * {labels, series: [{name, values}], sums: [{name, requests, tokens, errors,
 * cost}], has, partial}: requests in the chart, all figures in sums.
 */
export async function series(by, span) {
	const { ms, steps } = spans[span];
	const step = ms / steps;
	const from = Date.now() - ms;
	const [{ rows, partial }, named] = await Promise.all([ledger(from), names(by)]);
	const groups = new Map();

	for (const row of rows) {
		const id = row[field[by]];
		const one = groups.get(id) ?? { name: named.get(id) || id || t('dashboard.nobody'),
			requests: 0, tokens: 0, errors: 0, cost: 0, values: Array(steps).fill(0) };
		const at = Math.floor((new Date(row.timestamp).getTime() - from) / step);

		one.requests += 1;
		one.tokens += row.totalTokens;
		one.errors += row.outcome === 'error' ? 1 : 0;
		one.cost += row.cost;
		one.values[Math.min(Math.max(at, 0), steps - 1)] += 1;
		groups.set(id, one);
	}
	const sums = [...groups.values()].sort((a, b) => b.requests - a.requests);
	const rest = sums.slice(SERIES);
	const shown = sums.slice(0, SERIES);

	if (rest.length)
		shown.push({ name: t('dashboard.others'), values: Array.from({ length: steps },
			(_, i) => rest.reduce((n, one) => n + one.values[i], 0)) });
	return { sums, series: shown, partial, has: { tokens: true, errors: true },
		labels: Array.from({ length: steps }, (_, i) => {
			const text = timeText(from + i * step);

			return ms > 24 * HOUR ? text.slice(5, 10) : text.slice(11);
		}) };
}
