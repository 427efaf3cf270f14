/* Making a key, and changing one. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { go, link } from '../router.js';
import { snippet } from '../ui/copy.js';
import { form } from '../ui/form.js';
import { notice, pageHead } from '../ui/state.js';
import { toast } from '../ui/toast.js';
import { bodyOf, choices, dress, fieldsOf, valuesOf } from './key_fields.js';
import { keyOr404, linkTo, PATH, pathOf } from './key_parts.js';
import { tryKey } from './playground_keys.js';
import { giveKey } from './setup.js';

/* The one time that the key is there. */
function showKey(body, key, again) {
	replace(body, pageHead(t('keys.made', { name: key.name }), null),
		h('section', { class: 'card', id: 'made' }, notice(t('keys.once'), 'warn'),
			snippet(key.apiKey, t('keys.key')),
			h('p', {}, t('keys.made.next')),
			h('div', { class: 'row' },
				button(t('keys.made.setup'), () => {
					giveKey(key.apiKey);
					go('setup');
				}, { class: 'primary' }),
				button(t('keys.made.try'), () => {
					tryKey(key.apiKey);
					go('playground');
				}),
				button(t('keys.made.again'), again),
				h('a', { class: 'button', href: linkTo(key) }, t('keys.made.show')),
				h('a', { class: 'button', href: link('keys') }, t('keys.back')))));
	body.querySelector('.snippet .button').focus();
}

export async function renderNew(body) {
	const from = await choices();

	function draw() {
		const element = form({ fields: fieldsOf(from), submit: t('keys.new.submit'),
			cancel: () => go('keys'), onSubmit: async (all) =>
				showKey(body, await api.post(PATH, bodyOf(all)), draw) });

		replace(body, pageHead(t('keys.new'), t('keys.new.intro'),
			h('a', { class: 'button', href: link('keys') }, t('keys.back'))),
		h('section', { class: 'card form-card' }, dress(element, from)));
		element.field('name').focus({ preventScroll: true });
	}

	draw();
}

/* Only what differs is sent: others may change the rest meanwhile. */
function changesOf(before, after) {
	return Object.fromEntries(Object.entries(after).filter(([name, value]) =>
		JSON.stringify(value) !== JSON.stringify(before[name])));
}

export async function renderEdit(body, id) {
	const key = await keyOr404(body, id);

	if (!key)
		return;
	const from = await choices();
	const element = form({ fields: fieldsOf(from), values: valuesOf(key, from),
		cancel: () => go('keys', {}, id), onSubmit: async (all) => {
			const changes = changesOf(bodyOf(before), bodyOf(all));

			if (Object.keys(changes).length) {
				await api.put(pathOf(key), changes);
				toast(t('keys.saved'));
			}
			go('keys', {}, id);
		} });

	dress(element, from);
	const before = element.read();

	replace(body, pageHead(t('keys.edit.of', { name: key.name }), t('keys.edit.intro'),
		h('a', { class: 'button', href: linkTo(key) }, t('keys.back.one'))),
	h('section', { class: 'card form-card' }, element));
}
