/* The list of accounts: who serves what, how each is. */
import { button, h, replace } from '../dom.js';
import { number, short } from '../format.js';
import { t } from '../i18n.js';
import { link, setQuery } from '../router.js';
import { badge, empty, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { remove, resetStatus, toggleActive } from './account_acts.js';
import { addressOf, faceName, faces, isUsable, linkTo, loadAccounts, namesOf }
	from './account_api.js';
import { exportDialog } from './account_export.js';
import { countDown, namesServed, statusOf } from './account_parts.js';
import { testDialog } from './account_test.js';
import { testAllDialog } from './account_test_all.js';

const ROWS_AT_FIRST = 100;
const REFRESH_MS = 10000;
const statuses = ['active', 'cooling', 'off'];

function stateOf({ status }) {
	return status === 'active' ? 'active' :
		status === 'inactive' || status === 'paused' ? 'off' : 'cooling';
}

/* Does it match what the filters ask for? */
function matches(account, { search, type, status, group }) {
	const text = [account.name, account.description, addressOf(account),
		account.deploymentName, ...namesOf(account).flat()].join('\n').toLowerCase();

	return (!search || text.includes(search.toLowerCase())) &&
		(!type || account.platform === type) &&
		(!status || stateOf(account) === status) &&
		(!group || account.groupIds?.includes(group));
}

function nameCell(account) {
	return [h('a', { href: linkTo(account) }, account.name),
		h('div', { class: 'small soft plain' }, faceName(account.platform)),
		account.accountType !== 'shared' &&
			badge(t(`accounts.access.${account.accountType}`))];
}

function serverCell(account) {
	return [h('code', {}, addressOf(account)),
		account.deploymentName && h('div', { class: 'small soft wrap' },
			account.deploymentName)];
}

function todayCell({ usage: { daily } }) {
	return [h('div', {}, number(daily.requests)),
		h('div', { class: 'small soft' }, t('accounts.tokens', { n: short(daily.allTokens) }))];
}

function orderCell({ priority, weight }) {
	return [h('div', {}, number(priority)), weight !== 1 &&
		h('div', { class: 'small soft' }, t('accounts.weight', { n: number(weight) }))];
}

function columns(actions) {
	return [
		{ key: 'name', label: t('accounts.account'), sort: true, render: nameCell,
			class: 'name-cell' },
		{ key: 'server', label: t('accounts.server'), sort: addressOf, render: serverCell,
			class: 'server-cell' },
		{ key: 'names', label: t('accounts.names'), render: (row) => namesServed(row),
			class: 'names-cell' },
		{ key: 'status', label: t('accounts.status'), sort: true, class: 'status-cell',
			render: statusOf },
		{ key: 'inFlight', label: t('accounts.inflight'), class: 'number' },
		{ key: 'today', label: t('accounts.today'), class: 'number', render: todayCell,
			sort: (row) => row.usage.daily.requests },
		{ key: 'priority', label: t('accounts.f.priority'), sort: true, class: 'number',
			render: orderCell },
		{ key: 'actions', label: '', class: 'actions', render: actions },
	];
}

/* Search, type and status; changed(query) when one of them changes. */
function filters(query, changed) {
	const set = (name) => (event) => {
		query[name] = event.target.value;
		setQuery(query);
		changed();
	};
	const select = (name, all, options) => h('select', { 'aria-label': t(`accounts.${name}`),
		'value': query[name] ?? '', 'onchange': set(name) },
	h('option', { value: '' }, all),
	options.map(([value, text]) => h('option', { value }, text)));

	return h('div', { class: 'filter-row', role: 'search' },
		h('input', { 'type': 'search', 'name': 'search', 'value': query.search ?? '',
			'placeholder': t('accounts.search'), 'aria-label': t('accounts.search'),
			'oninput': set('search') }),
		select('type', t('accounts.type.all'), Object.keys(faces).map((one) =>
			[one, faceName(one)])),
		select('status', t('accounts.status.all'), statuses.map((one) =>
			[one, t(`accounts.state.${one}`)])));
}

export function renderList(body, { query }) {
	const nothing = h('div', {});
	const summary = h('p', { 'class': 'small soft', 'aria-live': 'polite' });
	let all = [];
	let loadedAt = 0;

	function act(label, name, account, onclick, more = {}) {
		return button(label, onclick, { ...more, 'class': ['small', more.class],
			'aria-label': t('accounts.act.of', { act: label, name: account.name }),
			'data': { act: name } });
	}

	function actions(account) {
		const edit = h('a', { 'class': 'button small', 'href': linkTo(account, 'edit'),
			'aria-label': t('accounts.act.of', { act: t('accounts.edit.short'),
				name: account.name }) }, t('accounts.edit.short'));

		return h('div', { class: 'acts' },
			act(t('accounts.test'), 'test', account, () =>
				testDialog(account, list.reload)),
			edit,
			stateOf(account) === 'cooling' ?
				act(t('accounts.reset'), 'reset', account, async () =>
					await resetStatus(account) && list.reload()) :
				act(account.isActive ? t('accounts.pause') : t('accounts.resume'),
					'toggle', account, async () =>
						await toggleActive(account) && list.reload()),
			act(t('accounts.delete'), 'delete', account, async () =>
				await remove(account) && list.reload(), { class: 'danger' }));
	}

	function shown() {
		const rows = all.filter((one) => matches(one, query));

		replace(nothing, all.length ? empty(t('accounts.nomatch')) :
			empty(t('accounts.empty'), h('a', { class: 'button primary',
				href: link('accounts', {}, 'new') }, t('accounts.add'))));
		summary.textContent = t('accounts.summary', { all: all.length,
			usable: all.filter(isUsable).length, shown: rows.length });
		return rows;
	}

	const list = table({ label: t('page.accounts'), columns: columns(actions), empty: nothing,
		limit: ROWS_AT_FIRST,
		sort: { key: 'name', down: false },
		load: async () => {
			all = await loadAccounts();
			loadedAt = Date.now();
			return shown();
		} });

	list.classList.add('dense');
	/* Not while somebody is at a button of it. */
	const refresh = setInterval(() => {
		if (!document.hidden && Date.now() - loadedAt >= REFRESH_MS &&
		    !list.contains(document.activeElement) && !document.querySelector('dialog'))
			list.reload();
	}, REFRESH_MS / 4);
	const stopCount = countDown(list, list.reload);

	const page = (label, part) => h('a', { class: 'button',
		href: link('accounts', {}, part) }, label);

	replace(body, pageHead(t('page.accounts'), t('accounts.intro'),
		button(t('accounts.testall'), () => testAllDialog(all.filter((one) =>
			matches(one, query)), list.reload), { data: { act: 'testall' } }),
		page(t('groups.title'), 'groups'), page(t('import.title'), 'import'),
		button(t('accounts.export'), exportDialog, { data: { act: 'export' } }),
		h('a', { class: 'button primary', href: link('accounts', {}, 'new') },
			t('accounts.add'))),
	filters(query, () => list.set(shown())), list, summary);
	return () => {
		clearInterval(refresh);
		stopCount();
	};
}
