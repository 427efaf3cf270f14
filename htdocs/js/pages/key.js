/* What a key has used and may still use; for its owner, without a login.  The
 * key stands in the form only: it is sent to the relay and kept nowhere. */
import { request } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { form } from '../ui/form.js';
import { facts, pageHead } from '../ui/state.js';
import { number } from '../format.js';

export const title = 'page.key';

/* What the relay says of a key, at whatever depth: each figure with its name. */
function pairs(object, prefix = '') {
	return Object.entries(object ?? {}).flatMap(([name, value]) => {
		const full = prefix ? `${prefix} · ${name}` : name;

		if (value === null || value === '')
			return [];
		if (typeof value === 'object' && !Array.isArray(value))
			return pairs(value, full);
		return [[full, typeof value === 'number' ? number(value) : String(value)]];
	});
}

export function render(body) {
	const shown = h('div', { 'class': 'stack', 'aria-live': 'polite' });
	const box = form({
		fields: [{ name: 'key', label: t('key.key'), type: 'password', required: true,
			help: t('key.help'), placeholder: 'cr_…' }],
		submit: t('key.show'),
		onSubmit: async ({ key }) => {
			replace(shown);
			const { keyInfo } = await request('GET', '/v1/key-info', { key });

			replace(shown, h('section', { class: 'card' },
				h('h2', { class: 'wrap' }, keyInfo.name ?? t('page.key')),
				facts(pairs(keyInfo))));
		},
	});

	replace(body, pageHead(t('page.key'), t('key.intro')),
		h('section', { class: 'card' }, box), shown);
}
