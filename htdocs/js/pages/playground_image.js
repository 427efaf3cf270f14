/* The choice of an image: read here, sent with the last message of the user. */
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { complain } from '../ui/toast.js';

const KINDS = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

function asUrl(file) {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();

		reader.onload = () => resolve(reader.result);
		reader.onerror = () => reject(reader.error);
		reader.readAsDataURL(file);
	});
}

/** {element, input, block() -> content block or null, clear()} */
export function imageChoice(onChange) {
	const shown = h('div', { class: 'row' });
	const input = h('input', { type: 'file', accept: KINDS.join(',') });
	let block = null;

	function clear() {
		block = null;
		input.value = '';
		replace(shown);
		onChange();
	}

	async function take(file) {
		if (!KINDS.includes(file.type)) {
			clear();
			throw new Error(t('playground.image.wrong'));
		}
		const url = await asUrl(file);
		const preview = h('img', { class: 'preview', alt: t('playground.image.chosen') });

		block = { type: 'image', source: { type: 'base64', media_type: file.type,
			data: url.slice(url.indexOf(',') + 1) } };
		preview.src = url; /* data: of one of the kinds above */
		replace(shown, preview, h('span', { class: 'small soft wrap' },
			t('playground.image.size', { name: file.name, kb: number(Math.ceil(file.size / 1024)) })),
		button(t('playground.image.remove'), clear, { class: 'small' }));
		onChange();
	}

	input.addEventListener('change', () => {
		const [file] = input.files;

		if (file)
			take(file).catch(complain);
		else
			clear();
	});
	return { input, element: shown, block: () => block, clear,
		take: (file) => take(file).catch(complain) };
}
