/* Keys that are chosen in the list, and what is done to all of them. */
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { confirm } from '../ui/dialog.js';
import { complain } from '../ui/toast.js';
import { openBulkEdit } from './key_bulk_edit.js';
import { removeAll, updateAll } from './key_many.js';

/* id -> name of the chosen; they stay chosen on other pages of the list. */
function makeSelection(changed) {
	const names = new Map();

	return { names, has: (id) => names.has(id),
		set(key, on) {
			if (on)
				names.set(key.id, key.name);
			else
				names.delete(key.id);
			changed();
		} };
}

async function sure(word, names) {
	return confirm({ title: t(`keys.bulk.${word}`), action: t(`keys.${word}`),
		text: t(`keys.bulk.${word}.ask`, { n: number(names.size) }) });
}

/* Each takes a Map id -> name; false or null: nothing was done. */
const acts = {
	edit: openBulkEdit,
	on: (names) => updateAll(t('keys.bulk.on'), names, { isActive: true }),
	off: async (names) => await sure('off', names) &&
		updateAll(t('keys.bulk.off'), names, { isActive: false }),
	delete: async (names) => await sure('delete', names) && removeAll(names),
};

/**
 * The bar above the list: {element, selection, page(items, total)}; marks()
 * gives the check boxes that are shown, loadAll() a Map id -> name of all keys
 * that match.
 */
export function bulkBar({ onChanged, marks, loadAll }) {
	const element = h('div', { class: 'row bulk', role: 'group' });
	const said = h('span', { 'class': 'small', 'aria-live': 'polite' });
	const all = h('input', { type: 'checkbox', id: 'keys-all', onchange: () => chooseAll() });
	const tools = h('div', { class: 'row' });
	const selection = makeSelection(draw);
	let shown = [];
	let total = 0;

	async function act(what) {
		if (!await what(new Map(selection.names)))
			return;
		selection.names.clear();
		draw();
		onChanged();
	}

	function chooseAll() {
		const on = all.checked;

		marks().forEach((one) => {
			one.checked = on;
		});
		shown.forEach((key) => on ? selection.names.set(key.id, key.name) :
			selection.names.delete(key.id));
		draw();
	}

	async function chooseMatching() {
		matching.disabled = true;
		try {
			(await loadAll()).forEach((name, id) => selection.names.set(id, name));
		} catch (e) {
			complain(e);
		}
		matching.disabled = false;
		draw();
	}

	function none() {
		selection.names.clear();
		marks().forEach((one) => {
			one.checked = false;
		});
		draw();
		all.focus();
	}

	const matching = button('', chooseMatching, { class: 'small quiet', hidden: true });
	const buttons = [
		matching,
		...Object.entries(acts).map(([word, what]) => button(t(`keys.${word}`),
			() => act(what), { class: ['small', word === 'delete' && 'danger'] })),
		button(t('keys.bulk.none'), none, { class: 'small quiet' }),
	];

	function draw() {
		const n = selection.names.size;
		const here = shown.filter((key) => selection.has(key.id)).length;

		said.textContent = n ? t('keys.bulk.chosen', { n: number(n) }) : '';
		all.checked = here > 0 && here === shown.length;
		all.indeterminate = here > 0 && here < shown.length;
		matching.hidden = !(here === shown.length && total > shown.length && n < total);
		matching.textContent = t('keys.bulk.matching', { n: number(total) });
		if (Boolean(n) !== Boolean(tools.childElementCount))
			replace(tools, n ? buttons : null);
	}

	element.append(h('label', { class: 'row small' }, all, t('keys.bulk.all')), said, tools);
	return { element, selection, page: (items, matches) => {
		shown = items;
		total = matches;
		draw();
	} };
}
