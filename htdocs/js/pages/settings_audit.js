/* The audit log: who changed what and who logged in, page by page. */
import { address, api } from '../api.js';
import { button, freshId, h, replace } from '../dom.js';
import { time } from '../format.js';
import { t } from '../i18n.js';
import { accounts, keys } from '../names.js';
import { link, setQuery } from '../router.js';
import { dot, empty } from '../ui/state.js';
import { table } from '../ui/table.js';
import { deed, shortPath, subject } from './settings_audit_words.js';

const PATH = '/admin/audit';
const LIMIT = 50;
const HOUR = 3600 * 1000;
const spans = { all: 0, '24h': 24 * HOUR, '7d': 7 * 24 * HOUR, '30d': 30 * 24 * HOUR };
const fields = ['span', 'actor', 'outcome', 'search'];

function read(query) {
	const filters = Object.fromEntries(fields.map((name) => [name, query[name] ?? '']));

	if (!(filters.span in spans))
		filters.span = 'all';
	return filters;
}

function apiQuery({ span, ...rest }) {
	return { ...rest, startDate: span === 'all' ? '' :
		new Date(Date.now() - spans[span]).toISOString() };
}

function inAddress(filters) {
	return { ...filters, span: filters.span === 'all' ? null : filters.span };
}

/* Names come when they come; what was deleted has none. */
function namer() {
	const of = new Map();
	const loaded = Promise.all([keys(), accounts()]).then((maps) => maps.forEach((map) =>
		map.forEach((name, id) => of.set(id, name)))).catch(() => {});

	return { loaded, name: (row) => {
		const id = subject(row.path);

		return row.name || of.get(id) || (id.length > 20 ? `…${id.slice(-8)}` : id);
	} };
}

function columns(name) {
	return [
		{ key: 'timestamp', label: t('audit.time'), class: 'plain nowrap',
			render: (row) => time(row.timestamp, true) },
		{ key: 'actor', label: t('audit.actor'), class: 'name', render: (row) => [
			row.actor || '–', h('div', { class: 'small soft' }, row.remote)] },
		{ key: 'deed', label: t('audit.deed'), class: 'deed-cell', render: (row) => [
			deed(row), h('div', { class: 'small soft', title: row.path },
				h('code', {}, shortPath(row)))] },
		{ key: 'name', label: t('audit.subject'), class: 'name', render: (row) =>
			name(row) || '–' },
		{ key: 'fields', label: t('audit.fields'), class: 'fields-cell', render: (row) =>
			row.fields ? h('span', { class: 'small' }, row.fields) : '–' },
		{ key: 'status', label: t('audit.outcome'), render: (row) => row.status < 400 ?
			dot(t('audit.outcome.done'), 'good') :
			dot(`${t('audit.outcome.refused')} ${row.status}`, 'bad') },
	];
}

function labelled(name, control) {
	control.id = freshId(`filter-${name}`);
	control.name = name;
	return h('div', { class: ['field', name === 'search' && 'wide'] },
		h('label', { for: control.id }, t(`audit.filter.${name}`)), control);
}

function filterBar(filters, set) {
	const select = (name, options) => {
		const control = h('select', { value: filters[name],
			onchange: () => set({ ...filters, [name]: control.value }) },
		options.map(([value, text]) => h('option', { value }, text)));

		return labelled(name, control);
	};
	const typed = (name, placeholder) => {
		const control = h('input', { type: 'search', value: filters[name], placeholder,
			autocomplete: 'off', spellcheck: 'false',
			onchange: () => set({ ...filters, [name]: control.value.trim() }) });

		return labelled(name, control);
	};

	return h('form', { class: 'filters', role: 'search', onsubmit: (event) =>
		event.preventDefault() },
	select('span', Object.keys(spans).map((one) => [one, t(`requests.span.${one}`)])),
	typed('actor', 'admin'),
	select('outcome', [['', t('requests.any')],
		...['done', 'refused'].map((one) => [one, t(`audit.outcome.${one}`)])]),
	typed('search', t('audit.search.where')));
}

function pager(at, data) {
	const to = (before) => link('settings', { ...at, before }, 'audit');

	return [h('span', { class: 'small soft' }, data.nextBefore ? [
		t('requests.until'), ' ', time(data.lookedBackTo, true)] : t('audit.last')),
	h('div', { class: 'row' },
		at.before && h('a', { class: 'button small', href: to(null) }, t('requests.newest')),
		data.nextBefore && h('a', { class: 'button small', href: to(data.nextBefore) },
			t('requests.older')))];
}

export function audit(part, query) {
	const bar = h('div', {}), tools = h('div', { class: 'row' });
	const foot = h('div', { class: 'card-head' });
	const { loaded, name } = namer();
	let filters = read(query);
	let before = query.before ?? null;

	function draw() {
		replace(bar, filterBar(filters, set));
		replace(tools, fields.some((one) => inAddress(filters)[one]) &&
			button(t('requests.clear'), () => set(read({})), { class: 'small' }),
		button(t('requests.refresh'), () => list.reload(), { class: 'small' }),
		h('a', { class: 'button small', download: 'audit.csv', href: address(PATH,
			{ ...apiQuery(filters), limit: 1000, format: 'csv' }).href }, t('requests.csv')));
	}

	function set(changed) {
		const held = document.activeElement?.name;

		filters = changed;
		before = null;
		setQuery(inAddress(filters));
		draw();
		bar.querySelector(`[name="${held}"]`)?.focus();
		list.reload();
	}

	const list = table({ label: t('settings.section.audit'), columns: columns(name),
		empty: empty(t('audit.none')), load: async () => {
			replace(foot);
			const [data] = await Promise.all([api.get(PATH, { ...apiQuery(filters), before,
				limit: LIMIT }), loaded]);

			replace(foot, pager({ ...inAddress(filters), before }, data));
			return data.records;
		} });

	draw();
	replace(part, h('section', { class: 'card' }, bar, h('div', { class: 'card-head' },
		h('h2', {}, t('settings.section.audit')), tools), list, foot));
}
