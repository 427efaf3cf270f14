/* Short messages at the edge, read out by screen readers. */
import { h } from '../dom.js';

const SECONDS = { good: 4, bad: 10 };
let box = null;

export function toast(text, kind = 'good') {
	if (!box) {
		box = h('div', { 'class': 'toasts', 'role': 'status', 'aria-live': 'polite',
			'popover': 'manual' });
		document.body.append(box);
	}
	const one = h('div', { class: ['toast', kind] }, text);

	box.append(one);
	/* Above a dialog, too: the top layer. */
	box.hidePopover?.();
	box.showPopover?.();
	setTimeout(() => {
		one.remove();
		if (!box.childElementCount)
			box.hidePopover?.();
	}, (SECONDS[kind] ?? 5) * 1000);
}

/** Says what went wrong, for what no form shows. */
export function complain(e) {
	if (e?.name !== 'AbortError')
		toast(e?.message || String(e), 'bad');
}
