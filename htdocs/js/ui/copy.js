/* Copying: a button, and a text with one. */
import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { toast } from './toast.js';

/* Without https there is no clipboard API: then by a selection. */
function copyBySelection(text) {
	const area = h('textarea', { class: 'hidden-text', value: text, readonly: true });
	const host = document.querySelector('dialog[open]') ?? document.body;

	host.append(area);
	area.select();
	const done = document.execCommand('copy');

	area.remove();
	return done;
}

export async function copy(text) {
	let done = false;

	try {
		await navigator.clipboard.writeText(text);
		done = true;
	} catch {
		done = copyBySelection(text);
	}
	toast(done ? t('copy.done') : t('copy.failed'), done ? 'good' : 'bad');
	return done;
}

/** text: a string, or a function that gives it. */
export function copyButton(text, label = t('copy.copy')) {
	return button(label, () => copy(typeof text === 'function' ? text() : text),
		{ class: 'small' });
}

/** Code to copy. */
export function snippet(text, label) {
	return h('div', { class: 'snippet' },
		h('pre', { 'tabindex': '0', 'role': 'region', 'aria-label': label ?? t('copy.code') },
			h('code', {}, text)),
		copyButton(text));
}
