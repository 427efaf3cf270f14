/* What is being relayed just now; asks again by itself. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { duration, number, time } from '../format.js';
import { t } from '../i18n.js';
import { copy } from '../ui/copy.js';
import { empty, failed } from '../ui/state.js';
import { table } from '../ui/table.js';
import { nameOf } from './requests_cells.js';
import { how } from './requests_why.js';

const REFRESH_MS = 2000;

function account(r) {
	return r.accountId ? [h('div', {}, nameOf(r.accountName, r.accountId)),
		h('div', { class: 'small soft' }, how(r.why))] :
		t(r.why ? 'requests.waits' : 'requests.choosing');
}

function makeTable() {
	return table({ label: t('requests.view.live'), limit: 200, empty: empty(t('requests.live.none')),
		columns: [
			{ key: 'ageMs', label: t('requests.age'), class: 'nowrap',
				render: (r) => duration(r.ageMs) },
			{ key: 'timestamp', label: t('requests.started'), class: 'nowrap',
				render: (r) => time(r.timestamp, true) },
			{ key: 'apiKeyName', label: t('requests.key'), class: 'name',
				render: (r) => nameOf(r.apiKeyName, r.keyId) },
			{ key: 'model', label: t('requests.model.asked'), class: 'name' },
			{ key: 'accountName', label: t('requests.account'), class: 'name',
				render: account },
			{ key: 'endpoint', label: t('requests.endpoint'), class: 'nowrap' },
			{ key: 'stream', label: t('requests.stream'),
				render: (r) => r.stream ? t('requests.yes') : t('requests.no') },
			{ key: 'requestId', label: '', class: 'actions',
				render: (r) => button(t('requests.copy'), () => copy(r.requestId),
					{ class: 'small', title: r.requestId, data: { id: r.requestId } }) },
		] });
}

export function live(part) {
	const list = makeTable();
	const wrong = h('div', {});
	const count = h('span', { class: 'soft' });
	let paused = false;
	let left = false;
	let timer = null;
	const pause = button(t('requests.pause'), () => {
		paused = !paused;
		pause.textContent = paused ? t('requests.resume') : t('requests.pause');
		clearTimeout(timer);
		if (!paused)
			again();
	}, { class: 'small' });

	async function refresh() {
		const data = await api.get('/admin/requests/live');

		if (paused)
			return;
		replace(wrong);
		count.textContent = t('requests.live.count', { n: number(data.total) });
		show(data.requests);
	}

	/* The focus stays where it was, and so does a text that is being marked. */
	function show(rows) {
		const id = list.contains(document.activeElement) && document.activeElement.dataset.id;

		if (!getSelection().isCollapsed && list.contains(getSelection().anchorNode))
			return;
		list.set(rows);
		if (id)
			(list.querySelector(`[data-id="${CSS.escape(id)}"]`) ?? list).focus();
	}

	async function again() {
		try {
			if (!document.hidden)
				await refresh();
		} catch (e) {
			replace(wrong, failed(e));
		}
		if (!paused && !left)
			timer = setTimeout(again, REFRESH_MS);
	}

	list.set([]);
	replace(part, h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('div', { class: 'row' }, h('h2', {}, t('requests.view.live')), count),
		h('div', { class: 'row' }, h('span', { class: 'small soft' },
			t('requests.live.every', { s: REFRESH_MS / 1000 })), pause)), wrong, list));
	again();
	return () => {
		left = true;
		clearTimeout(timer);
	};
}
