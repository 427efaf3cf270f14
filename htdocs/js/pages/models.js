/* What clients can ask for, and where it goes: for each name the accounts in the
 * order in which they are tried, with the share of each or why it gets none. */
import { api } from '../api.js';
import { h, replace } from '../dom.js';
import { cost, number, short } from '../format.js';
import { t } from '../i18n.js';
import { link, setQuery } from '../router.js';
import { empty, failed, loading, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { loadAccounts } from './account_api.js';
import { routesOf, routeList } from './model_routes.js';

const ROWS_AT_FIRST = 100;
const TYPING_MS = 300;

async function load() {
	const [rows, stats, accounts] = await Promise.all([api.get('/admin/model-routes'),
		api.get('/admin/model-stats', { period: 'daily' }), loadAccounts()]);

	return { rows, stats, accounts: new Map(accounts.map((one) => [one.id, one])) };
}

/* One row for each name, the one for all others last. */
function byName({ rows, stats, accounts }) {
	const names = new Map();
	const today = new Map(stats.map((one) => [one.model, one]));

	for (const row of rows)
		names.set(row.model, [...names.get(row.model) ?? [], row]);
	return [...names].map(([model, list]) => ({ model, today: today.get(model) ?? null,
		routes: routesOf(list, accounts) }));
}

function nameCell({ model }) {
	if (model === '*')
		return h('span', { class: 'plain' }, t('models.any'));
	if (model.endsWith('*'))
		return [h('code', {}, model),
			h('div', { class: 'small soft plain' }, t('models.pattern'))];
	return [h('code', {}, model), h('div', { class: 'small plain' },
		h('a', { href: link('playground', { model }) }, t('models.try.it')))];
}

function todayCell({ model, today }) {
	if (model.endsWith('*'))
		return h('span', { class: 'soft' }, '–');
	return [h('div', {}, number(today?.requests ?? 0)), today?.errors > 0 &&
		h('div', { class: 'small' }, t('models.errors', { n: number(today.errors) })),
	today && h('div', { class: 'small soft' }, t('accounts.tokens',
		{ n: short(today.allTokens) }), today.cost > 0 && ` · ${cost(today.cost)}`)];
}

const columns = () => [
	{ key: 'model', label: t('models.asked'), class: 'names-cell', render: nameCell,
		sort: ({ model }) => model === '*' ? '\uffff' : model },
	{ key: 'routes', label: t('models.goes'), render: ({ routes }) => routeList(routes) },
	{ key: 'today', label: t('accounts.today'), class: 'number', render: todayCell,
		sort: ({ today }) => today?.requests ?? 0 },
];

/* Any name, also one that stands in no list: where would it go? */
function tryCard(query) {
	const place = h('div', { hidden: true });
	let timer = null;
	let turn = 0;

	async function ask() {
		const mine = ++turn;
		const name = (query.try ?? '').trim();

		place.hidden = !name;
		if (!name)
			return;
		replace(place, loading());
		try {
			const [rows, accounts] = await Promise.all([
				api.get('/admin/model-routes', { model: name }), loadAccounts()]);

			if (mine === turn)
				replace(place, rows.length ? routeList(routesOf(rows,
					new Map(accounts.map((one) => [one.id, one]))), true) :
					empty(t('models.unknown', { name })));
		} catch (e) {
			if (mine === turn)
				replace(place, failed(e, ask));
		}
	}

	const input = h('input', { type: 'text', id: 'try-name', name: 'try', autocomplete: 'off',
		spellcheck: 'false', value: query.try ?? '', placeholder: 'claude-sonnet-4-5',
		oninput: () => {
			query.try = input.value;
			setQuery(query);
			clearTimeout(timer);
			timer = setTimeout(ask, TYPING_MS);
		} });

	ask();
	return h('section', { class: 'card', id: 'try' }, h('div', { class: 'field' },
		h('label', { for: input.id }, t('models.try')), input,
		h('div', { class: 'help' }, t('models.try.help'))), place);
}

export const title = 'page.models';

export function render(body, { query }) {
	const nothing = h('div', {});
	let all = [];

	function shown() {
		const search = (query.search ?? '').toLowerCase();
		const rows = all.filter(({ model, routes }) => model.toLowerCase().includes(search) ||
			routes.some(({ row }) => row.accountName.toLowerCase().includes(search)));

		replace(nothing, all.length ? empty(t('models.nomatch')) : empty(t('models.empty'),
			h('a', { class: 'button primary', href: link('accounts', {}, 'new') },
				t('accounts.add'))));
		return rows;
	}

	const list = table({ label: t('page.models'), columns: columns(), empty: nothing,
		limit: ROWS_AT_FIRST,
		sort: { key: 'model', down: false },
		load: async () => {
			all = byName(await load());
			return shown();
		} });

	replace(body, pageHead(t('page.models'), t('models.intro')), tryCard(query),
		h('div', { class: 'filter-row', role: 'search' }, h('input', { 'type': 'search',
			'name': 'search', 'value': query.search ?? '', 'aria-label': t('models.search'),
			'placeholder': t('models.search'), 'oninput': (event) => {
				query.search = event.target.value;
				setQuery(query);
				list.set(shown());
			} })), list);
}
