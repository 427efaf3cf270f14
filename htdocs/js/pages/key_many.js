/* What is done to many keys at once: in parts, so that one sees how far it is
 * and can stop it. */
import { api } from '../api.js';
import { button, h } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { dialog } from '../ui/dialog.js';
import { notice } from '../ui/state.js';
import { toast } from '../ui/toast.js';
import { PATH } from './key_parts.js';

const PART = 25;
const PAGE = 100;
const ALL_MAX = 10000;

/** Map id -> name of all keys that the query of the list finds; 10000 at most. */
export async function allKeys(query) {
	const names = new Map();

	for (let page = 1, pages = 1; page <= pages && names.size < ALL_MAX; page++) {
		const { items, pagination } = await api.get(PATH, { ...query, page, pageSize: PAGE,
			sortBy: 'createdAt', sortOrder: 'asc' });

		items.forEach((key) => names.set(key.id, key.name));
		pages = pagination.totalPages;
	}
	return names;
}

/* Calls send(ids) for one part after the other; names: Map id -> name.
 * Resolves to {good, bad: [{keyId, error}], stopped}.
 */
async function inParts({ title, names, send }) {
	const ids = [...names.keys()];
	const said = h('p', { 'aria-live': 'polite' });
	const bar = h('progress', { 'class': 'bar', 'max': String(ids.length), 'value': 0,
		'aria-label': title });
	const result = { good: 0, bad: [], stopped: false };
	const stop = () => {
		result.stopped = true;
	};
	const box = dialog({ title, narrow: true, onClose: stop, body: [said, bar,
		h('div', { class: 'actions-row' }, button(t('keys.bulk.stop'), () => box.close()))] });

	for (let at = 0; at < ids.length && !result.stopped; at += PART) {
		const part = ids.slice(at, at + PART);

		said.textContent = t('keys.bulk.progress', { n: number(at), all: number(ids.length) });
		bar.value = at;
		try {
			const answer = await send(part);

			result.good += answer.successCount;
			result.bad.push(...answer.errors);
		} catch (e) {
			result.bad.push(...part.map((keyId) => ({ keyId, error: e.message })));
			break;
		}
	}
	const stopped = result.stopped;

	box.close();
	result.stopped = stopped;
	report(title, names, result);
	return result;
}

function report(title, names, { good, bad, stopped }) {
	const text = t('keys.bulk.done', { n: number(good), all: number(names.size) });

	if (!bad.length && !stopped) {
		toast(text);
		return;
	}
	const same = new Set(bad.map((one) => one.error)).size === 1;

	dialog({ title, narrow: true, body: [notice(text, 'warn'),
		stopped && h('p', {}, t('keys.bulk.stopped')),
		same ? h('p', { class: 'wrap' }, bad[0].error) : h('ul', { class: 'wrap' }, bad.map((one) =>
			h('li', {}, `${names.get(one.keyId) ?? one.keyId}: ${one.error}`)))] });
}

/** The same changes to each of them. */
export function updateAll(title, names, updates) {
	return inParts({ title, names, send: (keyIds) =>
		api.put(`${PATH}/batch`, { keyIds, updates }) });
}

/** All of them into the trash. */
export function removeAll(names) {
	return inParts({ title: t('keys.bulk.delete'), names, send: (keyIds) =>
		api.delete(`${PATH}/batch`, { keyIds }) });
}
