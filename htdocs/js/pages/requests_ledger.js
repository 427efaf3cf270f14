/* The ledger: requests that ended, the newest first, page by page. */
import { address, api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { time } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { empty } from '../ui/state.js';
import { table } from '../ui/table.js';
import { columns, rowsOpen } from './requests_cells.js';
import { apiQuery, clearButton, filterBar, readFilters } from './requests_filters.js';

const LIMIT = 50;
/* How often it is asked on when too few match. */
const ROUNDS = 10;
const PATH = '/admin/request-details';

/* Filters as the address has them: what is as usual is left out. */
function inAddress(filters) {
	return { ...filters, span: filters.span === 'all' ? null : filters.span, cursor: null };
}

/* With a filter an answer may be short and yet not be the last. */
async function gather(filters, cursor, progress) {
	const records = [];
	let data = { nextCursor: cursor };

	for (let round = 0; round < ROUNDS; round++) {
		data = await api.get(PATH, { ...apiQuery(filters), cursor: data.nextCursor,
			limit: LIMIT - records.length });
		records.push(...data.records);
		if (!data.nextCursor || records.length === LIMIT)
			break;
		progress(data);
	}
	return { ...data, records };
}

function pager(at, data) {
	return [h('span', { class: 'small soft' }, data.nextCursor ? [
		t('requests.until'), ' ', time(data.lookedBackTo, true)] : t('requests.last')),
	h('div', { class: 'row' },
		at.cursor && h('a', { class: 'button small', href: link('requests',
			{ ...at, cursor: null }) }, t('requests.newest')),
		data.nextCursor && h('a', { class: 'button small', href: link('requests',
			{ ...at, cursor: data.nextCursor }) }, t('requests.older')))];
}

export function ledger(part, { query, keep, open }) {
	const foot = h('div', { class: 'card-head' });
	const tools = h('div', { class: 'row' });
	let filters = readFilters(query, 'all');
	let cursor = query.cursor ?? null;
	let turn = 0;

	function buttons() {
		replace(tools, clearButton(filters, () => {
			filters = readFilters({}, 'all');
			cursor = null;
			keep(inAddress(filters));
			draw();
			list.reload();
		}), button(t('requests.refresh'), () => list.reload(), { class: 'small' }),
		h('a', { class: 'button small', download: 'requests.csv',
			href: address(PATH, { ...apiQuery(filters), format: 'csv' }).href },
		t('requests.csv')));
	}

	async function load() {
		const mine = ++turn;
		const show = (...children) => mine === turn && replace(foot, children);

		buttons();
		show();
		const data = await gather(filters, cursor, (so) => show(h('span',
			{ class: 'small soft' }, t('requests.further'), ' ', time(so.lookedBackTo, true))));

		show(pager({ ...query, ...inAddress(filters), cursor, id: null }, data));
		return data.records;
	}

	function draw() {
		replace(bar, filterBar({ filters, spans: ['all', '1h', '24h', '7d', '30d', 'dates'],
			fields: ['key', 'account', 'model', 'outcome', 'status', 'error'],
			onChange: (changed) => {
				filters = changed;
				cursor = null;
				keep(inAddress(filters));
				list.reload();
			} }));
	}

	const bar = h('div', {});

	draw();
	const list = rowsOpen(table({ label: t('requests.view.ledger'), load,
		columns: columns(open), empty: empty(t('requests.none')) }));

	replace(part, h('section', { class: 'card' }, bar,
		h('div', { class: 'card-head' }, h('h2', {}, t('requests.view.ledger')), tools),
		list, foot));
}
