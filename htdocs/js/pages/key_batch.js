/* Many keys alike, numbered; shown once, to copy or to keep as a file. */
import { request } from '../api.js';
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { go, link } from '../router.js';
import { copyButton } from '../ui/copy.js';
import { form } from '../ui/form.js';
import { notice, pageHead } from '../ui/state.js';
import { batchFields, bodyOf, choices, dress } from './key_fields.js';
import { PATH } from './key_parts.js';

/* A spreadsheet must not take a name for a formula. */
function cell(text) {
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;

	return `"${safe.replaceAll('"', '""')}"`;
}

function csv(keys) {
	return ['"name","key"', ...keys.map((one) => `${cell(one.name)},${cell(one.apiKey)}`), '']
		.join('\r\n');
}

function download(text) {
	const href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
	const anchor = h('a', { href, download: 'api-keys.csv' });

	document.body.append(anchor);
	anchor.click();
	anchor.remove();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

function showKeys(body, keys) {
	const lines = keys.map((one) => `${one.name}\t${one.apiKey}`).join('\n');

	replace(body, pageHead(t('keys.batch.made', { n: number(keys.length) }), null),
		h('section', { class: 'card', id: 'made' }, notice(t('keys.batch.once'), 'warn'),
			h('div', { class: 'row' }, copyButton(lines, t('keys.batch.copy')),
				button(t('keys.batch.csv'), () => download(csv(keys)), { class: 'small' })),
			h('pre', { 'class': 'keys-made', 'tabindex': '0', 'role': 'region',
				'aria-label': t('keys.batch.made', { n: number(keys.length) }) }, lines),
			h('div', { class: 'row' },
				h('a', { class: 'button', href: link('setup') }, t('page.setup')),
				h('a', { class: 'button', href: link('keys') }, t('keys.back')))));
	body.querySelector('#made .button').focus();
}

export async function renderBatch(body) {
	const from = await choices();
	const element = form({ fields: batchFields(from), values: { count: 10 },
		submit: t('keys.batch.submit'), cancel: () => go('keys'), onSubmit: async (all) => {
			const made = await request('POST', `${PATH}/batch`,
				{ body: { ...bodyOf(all), isActive: true } });

			showKeys(body, made.data);
		} });

	replace(body, pageHead(t('keys.batch'), t('keys.batch.intro'),
		h('a', { class: 'button', href: link('keys') }, t('keys.back'))),
	h('section', { class: 'card form-card' }, dress(element, from)));
	element.field('baseName').focus({ preventScroll: true });
}
