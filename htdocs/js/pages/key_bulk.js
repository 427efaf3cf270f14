/* Keys that are chosen in the list, and what is done to all of them. */
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { confirm } from '../ui/dialog.js';
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

/**
 * The bar above the list: {element, selection, page(items)}; marks() gives the
 * check boxes that are shown.
 */
export function bulkBar({ onChanged, marks }) {
	const element = h('div', { class: 'row bulk', role: 'group' });
	const said = h('span', { 'class': 'small', 'aria-live': 'polite' });
	const all = h('input', { type: 'checkbox', id: 'keys-all', onchange: () => chooseAll() });
	const tools = h('div', { class: 'row' });
	const selection = makeSelection(draw);
	let shown = [];

	async function act(what) {
		const result = await what(new Map(selection.names));

		if (!result)
			return;
		selection.names.clear();
		result.bad.forEach((one) => selection.names.set(one.keyId, one.keyId));
		draw();
		onChanged();
	}

	async function ask(word, names, then) {
		const yes = await confirm({ title: t(`keys.bulk.${word}`), action: t(`keys.${word}`),
			text: t(`keys.bulk.${word}.ask`, { n: number(names.size) }) });

		return yes && then(names);
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

	function none() {
		selection.names.clear();
		marks().forEach((one) => {
			one.checked = false;
		});
		draw();
		all.focus();
	}

	const buttons = [
		button(t('keys.bulk.edit'), () => act(openBulkEdit), { class: 'small' }),
		button(t('keys.on'), () => act((names) => updateAll(t('keys.bulk.on'), names,
			{ isActive: true })), { class: 'small' }),
		button(t('keys.off'), () => act((names) => ask('off', names, () =>
			updateAll(t('keys.bulk.off'), names, { isActive: false }))), { class: 'small' }),
		button(t('keys.delete'), () => act((names) => ask('delete', names, removeAll)),
			{ class: 'small danger' }),
		button(t('keys.bulk.none'), none, { class: 'small quiet' }),
	];

	function draw() {
		const n = selection.names.size;
		const here = shown.filter((key) => selection.has(key.id)).length;

		said.textContent = n ? t('keys.bulk.chosen', { n: number(n) }) : '';
		all.checked = here > 0 && here === shown.length;
		all.indeterminate = here > 0 && here < shown.length;
		if (Boolean(n) !== Boolean(tools.childElementCount))
			replace(tools, n ? buttons : null);
	}

	element.append(h('label', { class: 'row small' }, all, t('keys.bulk.all')), said, tools);
	return { element, selection, page: (items) => {
		shown = items;
		draw();
	} };
}
