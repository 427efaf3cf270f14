/* Logging in; when there is no administrator yet, on to the first run. */
import { api } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { go } from '../router.js';
import * as session from '../session.js';
import { snippet } from '../ui/copy.js';
import { form } from '../ui/form.js';
import { notice, pageHead } from '../ui/state.js';

export const title = 'page.login';

/* Only to a page of ours. */
function goOn(to) {
	if (to?.startsWith('#/') && !to.startsWith('#/login'))
		location.hash = to;
	else
		go('dashboard');
}

/* The form is there at once: only the first run waits for the answer, and
 * without one a login says what is wrong. */
function leadToFirst() {
	let left = false;

	api.get('/web/auth/setup').then(({ needed }) => {
		if (needed && !left)
			go('first');
	}).catch(() => {});
	return () => {
		left = true;
	};
}

export function render(body, { query }) {
	if (session.current()) {
		goOn(query.to);
		return;
	}
	const box = form({
		fields: [
			{ name: 'username', label: t('login.username'), required: true,
				autocomplete: 'username' },
			{ name: 'password', label: t('login.password'), type: 'password',
				required: true, autocomplete: 'current-password' },
		],
		submit: t('login.submit'),
		onSubmit: async ({ username, password }) => {
			if (!await session.login(username, password))
				throw new Error(t('login.nocookie'));
			goOn(query.to);
		},
	});

	replace(body, pageHead(t('page.login'), t('login.intro')),
		query.ended && notice(t('login.ended'), 'warn'),
		h('div', { class: 'card narrow' }, box),
		h('details', {}, h('summary', {}, t('login.lost')),
			h('div', { class: 'stack tight' }, h('p', {}, t('login.lost.help')),
				snippet('llmrelayctl admin password admin'))));
	box.field('username').focus();
	return leadToFirst();
}
