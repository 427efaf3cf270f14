/* The requests of a key, the newest first, page by page. */
import { address, api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { table } from '../ui/table.js';
import { pathOf } from './key_parts.js';
import { columns, rowsOpen } from './requests_cells.js';
import { openRequest } from './requests_detail.js';

const SIZE = 20;

export function keyRequests(key) {
	const path = pathOf(key, 'usage-records');
	const foot = h('div', { class: 'card-head' });
	/* The cursors of the pages before this one; null is the newest. */
	const before = [];
	let cursor = null;

	function turnTo(next) {
		cursor = next;
		list.reload();
	}

	async function load() {
		const { records, pagination } = await api.get(path, { pageSize: SIZE, cursor });

		replace(foot, h('span', { class: 'small soft' }, t('keys.requests.all',
			{ n: number(pagination.totalRecords) })), h('div', { class: 'row' },
			before.length > 0 && button(t('keys.requests.newer'), () => turnTo(before.pop()),
				{ class: 'small' }),
			pagination.nextCursor && button(t('keys.requests.older'), () => {
				before.push(cursor);
				turnTo(pagination.nextCursor);
			}, { class: 'small' })));
		return records;
	}

	const list = rowsOpen(table({ label: t('keys.requests'), empty: t('keys.requests.none'),
		load, columns: columns((id) => openRequest(id)).filter((one) =>
			one.key !== 'apiKeyName') }));

	return h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('h2', {}, t('keys.requests')), h('div', { class: 'row' },
			h('a', { class: 'button small', href: link('requests', { keyId: key.id }) },
				t('keys.requests.filter')),
			h('a', { class: 'button small', download: 'usage-records.csv',
				href: address(path, { format: 'csv' }).href }, t('keys.csv')))), list, foot);
}
