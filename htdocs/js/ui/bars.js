/* What is used of limits: a bar for each, with its figures as text. */
import { h } from '../dom.js';
import { t } from '../i18n.js';

const WARN_FROM = 0.8;

/**
 * bar({label, used, limit, text, words}): text makes text of a value; words: the
 * key of the text with {used}, {limit} and {left}.
 */
export function bar({ label, used = 0, limit, text, words = 'key.left' }) {
	const part = used / limit;
	const left = Math.max(0, limit - used);

	return h('div', { class: 'limit' },
		h('div', { class: 'limit-head' }, h('span', {}, label), h('span', { class: 'soft' },
			t(words, { used: text(used), limit: text(limit), left: text(left) }))),
		h('progress', { 'class': ['bar', part >= 1 ? 'bad' : part > WARN_FROM && 'warn'],
			'aria-label': label, 'value': Math.min(part, 1), 'max': '1' }));
}
