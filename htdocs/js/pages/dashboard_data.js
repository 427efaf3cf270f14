/* The dashboard's charts, by model, key or account: of the counters by hour and
 * day; of the ledger for the last hour. */
import { api, request } from '../api.js';
import { timeText } from '../format.js';
import { t } from '../i18n.js';

const HOUR = 3600 * 1000;

/** How far back, in how many steps. */
export const spans = {
	'1h': { ms: HOUR, steps: 12 },
	'24h': { ms: 24 * HOUR, steps: 24, query: { granularity: 'hour' } },
	'7d': { ms: 7 * 24 * HOUR, steps: 7, query: { granularity: 'day', days: 7 } },
	'30d': { ms: 30 * 24 * HOUR, steps: 30, query: { granularity: 'day', days: 30 } },
};
const PAGE = 1000;
const ROWS_MAX = 5000;
const SERIES = 8;
const MODELS_MAX = 20;

/* The ledger back to a time; partial when that was too much. */
async function ledger(from) {
	const startDate = new Date(from).toISOString();
	const rows = [];
	let cursor = null;

	do {
		const page = await api.get('/admin/request-details', { limit: PAGE, startDate, cursor });

		rows.push(...page.records);
		cursor = page.nextCursor;
	} while (cursor && rows.length < ROWS_MAX);
	return { rows, partial: cursor ? rows.length : 0 };
}

const field = { model: ['model', 'model'], key: ['keyId', 'apiKeyName'],
	account: ['accountId', 'accountName'] };

/* The busiest first; those that no colour is left for as one. */
function arrange(groups, steps) {
	const sums = groups.sort((a, b) => b.requests - a.requests);
	const shown = sums.slice(0, SERIES);
	const rest = sums.slice(SERIES);

	if (rest.length)
		shown.push({ name: t('dashboard.others'), values: Array.from({ length: steps },
			(_, i) => rest.reduce((n, one) => n + one.values[i], 0)) });
	return { sums, series: shown };
}

function group(name, steps) {
	return { name, requests: 0, tokens: 0, errors: 0, cost: 0, values: Array(steps).fill(0) };
}

async function ofLedger(by, { ms, steps }) {
	const step = ms / steps;
	const from = Date.now() - ms;
	const { rows, partial } = await ledger(from);
	const [idField, nameField] = field[by];
	const groups = new Map();

	for (const row of rows) {
		const id = row[idField];
		const one = groups.get(id) ??
			group(row[nameField] || id || t('dashboard.nobody'), steps);
		const at = Math.floor((new Date(row.timestamp).getTime() - from) / step);

		one.requests += 1;
		one.tokens += row.totalTokens;
		one.errors += row.outcome === 'error' ? 1 : 0;
		one.cost += row.cost;
		one.values[Math.min(Math.max(at, 0), steps - 1)] += 1;
		groups.set(id, one);
	}
	return { ...arrange([...groups.values()], steps), partial,
		labels: Array.from({ length: steps }, (_, i) => timeText(from + i * step).slice(11)) };
}

function tokensOf(point) {
	return point.totalTokens ?? point.allTokens ?? point.inputTokens + point.outputTokens +
		point.cacheCreateTokens + point.cacheReadTokens;
}

/* Days are the relay's, hours the reader's. */
function labelOf(point) {
	return point.hour ? timeText(point.hour).slice(11) : point.date.slice(5);
}

function addPoint(one, i, point) {
	one.requests += point.requests;
	one.tokens += tokensOf(point);
	one.errors += point.errors;
	one.cost += point.cost;
	one.values[i] = point.requests;
}

async function ofMembers(path, member, query) {
	const { data } = await request('GET', path, { query });
	const groups = new Map();

	data.forEach((point, i) => {
		for (const [id, value] of Object.entries(point[member])) {
			const one = groups.get(id) ?? group(value.name || id, data.length);

			addPoint(one, i, value);
			groups.set(id, one);
		}
	});
	return { ...arrange([...groups.values()], data.length), labels: data.map(labelOf) };
}

/* One question for each of the models that were asked for most. */
async function ofModels(query) {
	const stats = await api.get('/admin/model-stats', { period: 'all' });
	const models = stats.map((one) => one.model).filter(Boolean).slice(0, MODELS_MAX);
	const answers = await Promise.all(models.map((model) =>
		api.get('/admin/usage-trend', { ...query, model })));
	const groups = answers.map((points, i) => {
		const one = group(models[i], points.length);

		points.forEach((point, at) => addPoint(one, at, point));
		return one;
	});

	return { ...arrange(groups.filter((one) => one.requests), answers[0]?.length ?? 0),
		labels: answers[0]?.map(labelOf) ?? [] };
}

/**
 * {labels, series: [{name, values}], sums: [{name, requests, tokens, errors,
 * cost}], partial}: requests in the chart, all figures in sums.
 */
export function series(by, span) {
	const { query } = spans[span];

	if (!query)
		return ofLedger(by, spans[span]);
	if (by === 'model')
		return ofModels(query);
	return by === 'key' ? ofMembers('/admin/api-keys-usage-trend', 'apiKeys', query) :
		ofMembers('/admin/account-usage-trend', 'accounts', query);
}
