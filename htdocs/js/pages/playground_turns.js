/* The conversation that is sent: turns, each with a role and a text, or a JSON
 * array of content blocks. */
import { button, freshId, h } from '../dom.js';
import { t } from '../i18n.js';

/* What begins like an array of blocks has to be one. */
function contentOf(text) {
	return /^\s*\[\s*\{/.test(text) ? JSON.parse(text) : text;
}

function textOf(content) {
	if (typeof content === 'string')
		return content;
	if (content.length === 1 && content[0].type === 'text')
		return content[0].text;
	return JSON.stringify(content, null, 2);
}

function makeTurn({ role, content }, remove) {
	const id = freshId('turn');
	const select = h('select', { 'aria-label': t('playground.role'), 'value': role },
		['user', 'assistant'].map((one) => h('option', { value: one },
			t(`playground.role.${one}`))));
	const area = h('textarea', { id, 'rows': 3, 'aria-label': t('playground.turn'),
		'spellcheck': 'false', 'value': textOf(content) });
	const element = h('div', { class: 'turn' }, h('div', { class: 'card-head' },
		h('span', { class: 'inline-field' }, select),
		button('✕', () => remove(turn), { 'class': 'quiet small',
			'aria-label': t('playground.turn.remove') })), area);
	const turn = { element, area,
		read: () => ({ role: select.value, content: contentOf(area.value) }),
		draft: () => ({ role: select.value, content: area.value }) };

	return turn;
}

/** {element, read(), draft(), set(turns), append(turns)} */
export function turnList() {
	const list = h('div', { class: 'stack tight' });
	const element = h('div', { class: 'stack tight', role: 'group',
		tabindex: '-1' }, list, h('div', { class: 'row' },
		button(t('playground.turn.add'), () => {
			add({ role: turns.length % 2 ? 'assistant' : 'user', content: '' }).area.focus();
			changed();
		}, { class: 'small' })));
	let turns = [];

	function changed() {
		element.dispatchEvent(new Event('input', { bubbles: true }));
	}

	function remove(turn) {
		turns = turns.filter((one) => one !== turn);
		turn.element.remove();
		if (!turns.length)
			add({ role: 'user', content: '' });
		turns.at(-1).area.focus();
		changed();
	}

	function add(one) {
		const turn = makeTurn(one, remove);

		turns.push(turn);
		list.append(turn.element);
		return turn;
	}

	return {
		element,
		read: () => turns.map((turn) => turn.read()),
		draft: () => turns.map((turn) => turn.draft()),
		set(next) {
			turns.forEach((turn) => turn.element.remove());
			turns = [];
			next.forEach(add);
		},
		append(next) {
			next.forEach(add);
			changed();
			turns.at(-1).area.focus();
		},
	};
}
