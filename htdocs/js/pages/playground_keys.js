/* Which key is used: one that is pasted, one that worked before in this tab, or
 * one made here for a day. */
import { api, request } from '../api.js';
import { button, h, replace } from '../dom.js';
import { timeText } from '../format.js';
import { t } from '../i18n.js';
import { memory } from '../memory.js';
import { complain, toast } from '../ui/toast.js';

const DAY = 24 * 3600 * 1000;

/** Another page has a key to try: it stands in the form when that is opened. */
export function tryKey(key) {
	memory('playground').given = key;
}

function hint(key) {
	return `…${key.slice(-4)}`;
}

/**
 * {input, element, models}: known is the list of keys of this tab; onModels is
 * called with the models of the key that is chosen now.
 */
export function keyChoice({ known, onModels, onChange }) {
	const input = h('input', { type: 'password', placeholder: 'cr_…', autocomplete: 'off',
		spellcheck: 'false' });
	const element = h('div', { 'class': 'row', 'aria-live': 'polite' });

	function draw(wrong = '') {
		replace(element, known.map((key) => button(t('playground.key.use',
			{ key: hint(key) }), () => choose(key), { 'class': 'small',
			'aria-pressed': String(key === input.value) })),
		button(t('playground.key.make'), make, { class: 'small' }),
		wrong && h('span', { class: 'small bad-text' }, wrong));
	}

	async function check() {
		const key = input.value;

		if (!key) {
			onModels([]);
			draw();
			return;
		}
		try {
			const { data } = await request('GET', '/v1/models', { key, query: { limit: 1000 } });

			if (!known.includes(key))
				known.push(key);
			if (key === input.value)
				onModels(data.map((one) => one.id));
			draw();
		} catch (e) {
			onModels([]);
			draw(e.message);
		}
	}

	function choose(key) {
		input.value = key;
		onChange();
		return check();
	}

	async function make() {
		try {
			const made = await api.post('/admin/api-keys', {
				name: t('playground.key.name', { time: timeText(Date.now()) }),
				expiresAt: new Date(Date.now() + DAY).toISOString() });

			toast(t('playground.key.made', { name: made.name }));
			await choose(made.apiKey);
		} catch (e) {
			complain(e);
		}
	}

	input.addEventListener('change', check);
	draw();
	return { input, element, check };
}
