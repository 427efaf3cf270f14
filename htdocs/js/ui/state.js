/* The three states of whatever is loaded, and the small marks. */
import { button, h } from '../dom.js';
import { t } from '../i18n.js';

export function loading(text = t('state.loading')) {
	return h('div', { class: 'state', role: 'status' }, text);
}

/** Nothing there: what to do then, and if there is one, the button for it. */
export function empty(text, action = null) {
	return h('div', { class: 'state' }, h('p', {}, text), action);
}

export function failed(e, again = null) {
	return h('div', { class: 'state error', role: 'alert' },
		h('p', {}, e?.message || String(e)),
		again && button(t('state.again'), again));
}

/** kind: good, warn, bad or nothing. */
export function badge(text, kind = '') {
	return h('span', { class: ['badge', kind] }, text);
}

/** A status: dot and word; why and until when as further text. */
export function dot(text, kind = '', title = null) {
	return h('span', { class: ['badge', 'dot', kind], title }, text);
}

/** kind: good, warn, bad or nothing. */
export function notice(children, kind = '') {
	return h('div', { class: ['notice', kind], role: kind === 'bad' ? 'alert' : null },
		children);
}

/** The head of a page: what it is for, and its main buttons. */
export function pageHead(title, intro, ...buttons) {
	return h('div', { class: 'page-head' },
		h('div', {}, h('h1', {}, title), intro && h('p', {}, intro)),
		h('div', { class: 'row' }, buttons));
}

/** Pairs of name and value. */
export function facts(pairs) {
	return h('dl', { class: 'facts' }, pairs.filter(Boolean).map(([name, value]) =>
		[h('dt', {}, name), h('dd', {}, value ?? '–')]));
}

/** Buttons of which one is chosen: choices(label, [[value, text]], now, set). */
export function choices(label, list, now, choose) {
	const buttons = list.map(([value, text]) => button(text, () => {
		buttons.forEach((one) => one.setAttribute('aria-pressed',
			String(one.dataset.value === String(value))));
		choose(value);
	}, { 'class': 'small', 'aria-pressed': String(value === now), 'data': { value } }));

	return h('div', { 'class': 'choices', 'role': 'group', 'aria-label': label }, buttons);
}

/** Sections of a page, each with an address: tabs(label, [[name, text, href]], now). */
export function tabs(label, list, now) {
	return h('nav', { 'class': 'tabs', 'aria-label': label }, h('ul', {},
		list.map(([name, text, href]) => h('li', {},
			h('a', { href, 'aria-current': name === now && 'page' }, text)))));
}
