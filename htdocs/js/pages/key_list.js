/* The list of keys: searched, filtered, sorted and cut by the server; all of
 * that stands in the address. */
import { address, api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { ago, cost, number, short } from '../format.js';
import { t } from '../i18n.js';
import { link, setQuery } from '../router.js';
import { pager } from '../ui/pager.js';
import { empty, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { bulkBar } from './key_bulk.js';
import { allKeys } from './key_many.js';
import { actions, costOf, endOf, limitBars, linkTo, PATH, statusOf, tagLinks } from './key_parts.js';

const SIZE = 20;
const TYPED_MS = 300;
const TAGS = 5;
const statuses = ['active', 'waiting', 'inactive', 'expired'];

function used(usage) {
	return usage.requests === 0 ? h('span', { class: 'soft' }, '–') : [h('div', {}, t('keys.used.requests', { n: short(usage.requests) })),
		h('div', {}, t('keys.used.tokens', { n: short(usage.allTokens) })),
		h('div', {}, costOf(usage))];
}

function nameCell(key, selection) {
	return h('div', { class: 'key-cell' },
		h('input', { 'type': 'checkbox', 'aria-label': t('keys.select', { name: key.name }),
			'checked': selection.has(key.id), 'data': { id: key.id },
			'onchange': (event) => selection.set(key, event.target.checked) }),
		h('div', { class: 'stack tight' },
			h('a', { href: linkTo(key) }, key.name),
			h('div', { class: 'row plain' }, h('code', { class: 'soft' }, key.apiKey),
				tagLinks(key.tags, TAGS))));
}

function columns(selection, reload) {
	return [
		{ key: 'name', label: t('keys.name'), sort: true, class: 'key-name',
			render: (key) => nameCell(key, selection) },
		{ key: 'status', label: t('keys.status'), sort: true, render: statusOf },
		{ key: 'today', label: t('keys.today'), class: 'number small',
			render: (key) => used(key.usage.daily) },
		{ key: 'cost', label: t('keys.total'), sort: true, class: 'number small',
			render: (key) => used(key.usage.total) },
		{ key: 'limits', label: t('keys.limits'), class: 'limits-cell',
			render: (key) => {
				const bars = limitBars(key, true);

				return bars.length ? bars : h('span', { class: 'soft small' }, t('keys.nolimit'));
			} },
		{ key: 'lastUsedAt', label: t('keys.used'), sort: true, class: 'small date-cell',
			render: (key) => ago(key.lastUsedAt) },
		{ key: 'expiresAt', label: t('keys.end'), sort: true, class: 'small date-cell',
			render: endOf },
		{ key: 'actions', label: '', class: 'actions', render: (key) =>
			h('div', { class: 'acts' }, actions(key, { changed: reload, gone: () => {
				selection.set(key, false);
				reload();
			} })) },
	];
}

/* Search as it is typed, the others at once. */
function filterBar(at, change) {
	let timer = null;
	const search = h('input', { 'type': 'search', 'name': 'search', 'value': at.search,
		'autocomplete': 'off', 'spellcheck': 'false', 'placeholder': t('keys.filter.search'),
		'aria-label': t('keys.filter.search'), 'oninput': () => {
			clearTimeout(timer);
			timer = setTimeout(() => change({ search: search.value.trim() }), TYPED_MS);
		} });
	const select = (name, options) => {
		const control = h('select', { name, 'value': at[name],
			'aria-label': t(`keys.filter.${name}`),
			'onchange': () => change({ [name]: control.value }) },
		[['', t(`keys.filter.${name}.all`)], ...options].map(([value, text]) =>
			h('option', { value }, text)));

		return control;
	};
	const status = select('status', statuses.map((one) => [one, t(`keys.status.${one}`)]));
	const tag = select('tag', at.tag ? [[at.tag, at.tag]] : []);
	const element = h('div', { class: 'filter-row', role: 'search' }, search, status, tag);

	element.tags = (list) => {
		const all = at.tag && !list.includes(at.tag) ? [at.tag, ...list] : list;

		replace(tag, [['', t('keys.filter.tag.all')], ...all.map((one) => [one, one])]
			.map(([value, text]) => h('option', { value }, text)));
		tag.value = at.tag;
	};
	element.stop = () => clearTimeout(timer);
	element.clear = () => {
		search.value = status.value = tag.value = '';
	};
	return element;
}

function readQuery(query) {
	return { search: query.search ?? '', tag: query.tag ?? '', status: query.status ?? '',
		sort: query.sort ?? 'createdAt', order: query.order === 'asc' ? 'asc' : 'desc',
		page: Math.max(1, Math.floor(Number(query.page)) || 1),
		size: Math.min(100, Math.max(1, Math.floor(Number(query.size)) || SIZE)) };
}

/* As usual is not worth a word in the address. */
function inAddress(at) {
	return { ...at, sort: at.sort === 'createdAt' ? null : at.sort,
		order: at.sort === 'createdAt' && at.order === 'desc' ? null : at.order,
		page: at.page > 1 ? at.page : null, size: at.size === SIZE ? null : at.size };
}

function noKeys(at, clear) {
	if (at.search || at.tag || at.status)
		return empty(t('keys.none.found'), button(t('keys.filter.clear'), clear));
	return empty(t('keys.none'), h('a', { class: 'button primary', href: link('keys', {}, 'new') },
		t('keys.new')));
}

export function renderList(body, query) {
	const at = readQuery(query);
	const none = h('div', {});
	let left = false;

	function change(what) {
		Object.assign(at, { page: 1 }, what);
		if (left)
			return;
		setQuery(inAddress(at));
		list.reload();
	}

	function clear() {
		filters.clear();
		change({ search: '', tag: '', status: '' });
	}

	function asked() {
		return { search: at.search, tag: at.tag, status: at.status, sortBy: at.sort,
			sortOrder: at.order };
	}

	async function load() {
		file.href = address(PATH, { ...asked(), format: 'csv' }).href;
		const { items, pagination, availableTags } = await api.get(PATH, { ...asked(),
			page: at.page, pageSize: at.size });

		if (!items.length && at.page > 1 && pagination.total) {
			at.page = Math.max(1, pagination.totalPages);
			if (!left)
				setQuery(inAddress(at));
			return load();
		}
		replace(none, noKeys(at, clear));
		filters.tags(availableTags);
		pages.show(pagination);
		bulk.page(items, pagination.total);
		return items;
	}

	const file = h('a', { class: 'button small', download: 'api-keys.csv' }, t('keys.csv'));
	const filters = filterBar(at, change);
	const pages = pager({ label: t('keys.pages'), onPage: (page) => change({ page }),
		onSize: (size) => change({ size }) });
	const bulk = bulkBar({ onChanged: () => list.reload(), loadAll: () => allKeys(asked()),
		marks: () => list.querySelectorAll('input[data-id]') });
	const list = table({ label: t('page.keys'), empty: none, load,
		sort: { key: at.sort, down: at.order === 'desc' },
		columns: columns(bulk.selection, () => list.reload()),
		onSort: ({ key, down }) => change({ sort: key, order: down ? 'desc' : 'asc' }) });

	list.classList.add('dense');
	replace(body, pageHead(t('page.keys'), t('keys.intro'),
		h('a', { class: 'button', href: link('keys', {}, 'tags') }, t('keys.tags')),
		h('a', { class: 'button', href: link('keys', {}, 'trash') }, t('keys.trash')),
		h('a', { class: 'button', href: link('keys', {}, 'batch') }, t('keys.batch')),
		h('a', { class: 'button primary', href: link('keys', {}, 'new') }, t('keys.new'))),
	filters, h('div', { class: 'card-head' }, bulk.element, h('div', { class: 'row' },
		button(t('keys.refresh'), () => list.reload(), { class: 'small' }), file)),
	list, pages);
	return () => {
		left = true;
		filters.stop();
	};
}
