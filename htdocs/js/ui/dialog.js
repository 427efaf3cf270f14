/* Dialogs: the native element, which keeps the focus and closes by Escape. */
import { button, freshId, h } from '../dom.js';
import { t } from '../i18n.js';

/**
 * dialog({title, body, narrow, onClose}) opens one; body is a node or a list.
 * Gives {close, element}.
 */
export function dialog({ title, body, narrow = false, onClose }) {
	const id = freshId('dialog');
	const element = h('dialog', { 'class': narrow && 'narrow', 'aria-labelledby': id },
		h('div', { class: 'dialog-head' }, h('h2', { id }, title),
			button('✕', () => element.close(), { 'class': 'quiet small',
				'aria-label': t('dialog.close') })),
		h('div', { class: 'dialog-body' }, body));

	element.addEventListener('close', () => {
		element.remove();
		onClose?.();
	});
	document.body.append(element);
	element.showModal();
	return { element, close: () => element.close() };
}

/** Asks before something is done that cannot be undone; resolves to a boolean. */
export function confirm({ title, text, action, danger = true }) {
	return new Promise((resolve) => {
		let said = false;
		const yes = button(action ?? t('dialog.yes'), () => {
			said = true;
			box.close();
		}, { class: danger ? 'danger' : 'primary' });
		const box = dialog({ title, narrow: true, onClose: () => resolve(said), body: [
			h('p', { class: 'wrap' }, text),
			h('div', { class: 'actions-row' },
				button(t('dialog.cancel'), () => box.close()), yes),
		] });
	});
}
