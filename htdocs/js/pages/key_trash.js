/* Keys that were deleted: back again, or gone for good. */
import { api, request } from '../api.js';
import { button, h, replace } from '../dom.js';
import { ago, cost, number, time } from '../format.js';
import { t } from '../i18n.js';
import { link, setQuery } from '../router.js';
import { confirm } from '../ui/dialog.js';
import { pager } from '../ui/pager.js';
import { pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain, toast } from '../ui/toast.js';
import { PATH, pathOf } from './key_parts.js';

const SIZE = 50;

function columns(restore, purge) {
	return [
		{ key: 'name', label: t('keys.name'), class: 'name-cell', render: (key) => [
			h('div', {}, key.name), h('code', { class: 'soft plain' }, key.apiKey)] },
		{ key: 'deletedAt', label: t('keys.deleted'), class: 'nowrap',
			render: (key) => time(key.deletedAt) },
		{ key: 'lastUsedAt', label: t('keys.used'), class: 'nowrap',
			render: (key) => ago(key.lastUsedAt) },
		{ key: 'requests', label: t('dashboard.requests.short'), class: 'number',
			render: (key) => number(key.usage.total.requests) },
		{ key: 'cost', label: t('dashboard.cost.short'), class: 'number',
			render: (key) => cost(key.totalCost) },
		{ key: 'acts', label: '', class: 'actions', render: (key) => h('div', { class: 'row' },
			button(t('keys.restore'), () => restore(key), { 'class': 'small',
				'aria-label': `${t('keys.restore')}: ${key.name}` }),
			button(t('keys.purge'), () => purge(key), { 'class': 'small danger',
				'aria-label': `${t('keys.purge')}: ${key.name}` })) },
	];
}

export function renderTrash(body, query) {
	let page = Math.max(1, Math.floor(Number(query.page)) || 1);
	const all = button(t('keys.purge.all'), purgeAll, { class: 'danger', hidden: true });

	async function load() {
		const { apiKeys, total } = await request('GET', `${PATH}/deleted`,
			{ query: { pageSize: SIZE, page } });
		const totalPages = Math.ceil(total / SIZE);

		if (!apiKeys.length && page > 1) {
			page = Math.max(1, totalPages);
			return load();
		}
		all.hidden = !total;
		pages.show({ page, pageSize: SIZE, total, totalPages });
		return apiKeys;
	}

	async function act(what, text) {
		try {
			await what();
			toast(text);
			list.reload();
		} catch (e) {
			complain(e);
		}
	}

	function restore(key) {
		return act(() => api.post(pathOf(key, 'restore')), t('keys.restore.done',
			{ name: key.name }));
	}

	async function purge(key) {
		if (await confirm({ title: t('keys.purge'), action: t('keys.purge'),
			text: t('keys.purge.ask', { name: key.name }) }))
			await act(() => api.delete(pathOf(key, 'permanent')), t('keys.purge.done',
				{ name: key.name }));
	}

	async function purgeAll() {
		if (await confirm({ title: t('keys.purge.all'), action: t('keys.purge.all'),
			text: t('keys.purge.all.ask') }))
			await act(() => api.delete(`${PATH}/deleted/clear-all`), t('keys.purge.all.done'));
	}

	const pages = pager({ label: t('keys.pages'), onPage: (to) => {
		page = to;
		setQuery({ page: page > 1 ? page : null });
		list.reload();
	} });
	const list = table({ label: t('keys.trash'), empty: t('keys.trash.empty'), load,
		columns: columns(restore, purge) });

	replace(body, pageHead(t('keys.trash'), t('keys.trash.intro'), all,
		h('a', { class: 'button', href: link('keys') }, t('keys.back'))),
	list, pages);
}
