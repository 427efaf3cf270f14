/* The one table: sorting, and what it says while it loads, when it is empty and
 * when loading failed. */
import { button, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { empty as emptyState, failed, loading } from './state.js';

function compare(a, b) {
	if (a === b)
		return 0;
	if (a === null || a === undefined)
		return 1;
	if (b === null || b === undefined)
		return -1;
	return typeof a === 'string' && typeof b === 'string' ?
		a.localeCompare(b) : a < b ? -1 : 1;
}

function cell(column, row, first) {
	const content = column.render ? column.render(row) : row[column.key] ?? '–';

	return h(first ? 'th' : 'td', { scope: first && 'row', class: column.class },
		content);
}

/**
 * table({
 *   label,            what it lists, for screen readers
 *   columns: [{key, label, render(row), sort, class}],
 *                     class 'number' for figures, 'actions' for buttons; sort:
 *                     true (by row[key]) or a function row -> value
 *   load,             async () -> rows; or give rows by set()
 *   empty,            text (or node) that says what to do when there is none
 *   sort: {key, down} how it is sorted at first
 *   onSort(sort)      sorts elsewhere (the server); then rows stay as loaded
 *   limit             so many rows are drawn until the reader wants all
 * }) -> element with reload(), set(rows), rows()
 */
export function table({ label, columns, load, empty, sort = null, onSort = null,
	limit = Infinity }) {
	let rows = [];
	let most = limit;
	let order = sort;
	let turn = 0;
	const box = h('div', { 'class': 'table-box', 'role': 'region', 'tabindex': '0',
		'aria-label': label });

	function sorted() {
		const column = columns.find((c) => c.key === order?.key);

		if (!column?.sort || onSort)
			return rows;
		const value = typeof column.sort === 'function' ? column.sort :
			(row) => row[column.key];
		const way = order.down ? -1 : 1;

		return [...rows].sort((a, b) => way * compare(value(a), value(b)));
	}

	function sortBy(key) {
		order = { key, down: order?.key === key ? !order.down : false };
		if (onSort)
			onSort(order);
		draw();
		box.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
	}

	function heading(column) {
		const is = order?.key === column.key;

		return h('th', { 'scope': 'col', 'class': column.class,
			'aria-sort': column.sort && is ? order.down ? 'descending' : 'ascending' : null },
		column.sort ? h('button', { type: 'button', class: 'sort', data: { key: column.key },
			onclick: () => sortBy(column.key) }, column.label) :
			column.label || h('span', { class: 'hidden-text' }, t('table.actions')));
	}

	/* Whoever is at a button of a row is there again once it is drawn anew. */
	function keepFocus() {
		const row = document.activeElement?.closest('tr');

		if (!row || !box.contains(row))
			return () => {};
		const stops = (one) => [...one?.querySelectorAll('a, button, input, select') ?? []];
		const at = [...box.querySelectorAll('tr')].indexOf(row);
		const stop = stops(row).indexOf(document.activeElement);

		return () => {
			const all = box.querySelectorAll('tr');

			stops(all[Math.min(at, all.length - 1)])[stop]?.focus();
		};
	}

	function draw() {
		const focus = keepFocus();

		if (!rows.length) {
			replace(box, empty instanceof Node ? empty :
				emptyState(empty ?? t('state.empty')));
			return;
		}
		replace(box, h('table', {}, h('thead', {}, h('tr', {}, columns.map(heading))),
			h('tbody', {}, sorted().slice(0, most).map((row) =>
				h('tr', {}, columns.map((c, i) => cell(c, row, i === 0)))))),
		rows.length > most && h('div', { class: 'state' },
			button(t('table.all', { n: rows.length }), () => {
				most = Infinity;
				draw();
				box.focus();
			})));
		focus();
	}

	box.set = (list) => {
		rows = list;
		draw();
	};
	box.rows = () => rows;
	box.reload = async () => {
		const mine = ++turn;

		if (!rows.length)
			replace(box, loading());
		try {
			const list = await load();

			if (mine === turn)
				box.set(list);
		} catch (e) {
			if (mine === turn && e?.name !== 'AbortError')
				replace(box, failed(e, box.reload));
		}
	};
	if (load)
		box.reload();
	return box;
}
