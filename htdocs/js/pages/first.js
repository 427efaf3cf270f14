/* The first run: the code that the operator's shell prints makes the first
 * administrator.  Once there is one, this leads to the login. */
import { api } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { go } from '../router.js';
import * as session from '../session.js';
import { snippet } from '../ui/copy.js';
import { form } from '../ui/form.js';
import { loading, pageHead } from '../ui/state.js';
import { toast } from '../ui/toast.js';

export const title = 'page.first';

/* A wrong code is said where it stands. */
async function make(code, username, password) {
	try {
		return await session.setup(code, username, password);
	} catch (e) {
		throw e.status === 401 ? Object.assign(e, { field: 'code' }) : e;
	}
}

function firstForm() {
	return form({
		fields: [
			{ name: 'code', label: t('first.code'), required: true,
				help: t('first.code.help'), placeholder: 'XXXX-XXXX-XXXX-XXXX' },
			{ name: 'username', label: t('login.username'), required: true,
				autocomplete: 'username', help: t('first.username.help') },
			{ name: 'password', label: t('login.password'), type: 'password',
				required: true, autocomplete: 'new-password',
				help: t('password.new.help') },
			{ name: 'again', label: t('first.again'), type: 'password',
				required: true, autocomplete: 'new-password' },
		],
		submit: t('first.submit'),
		onSubmit: async ({ code, username, password, again }) => {
			if (password !== again)
				throw Object.assign(new Error(t('first.differ')), { field: 'again' });
			if (!await make(code, username, password))
				throw new Error(t('login.nocookie'));
			toast(t('first.done', { name: username }));
			go('dashboard');
		},
	});
}

export async function render(body) {
	replace(body, loading());
	const { needed } = await api.get('/web/auth/setup');

	if (!needed) {
		go(session.current() ? 'dashboard' : 'login');
		return;
	}
	const box = firstForm();

	replace(body, pageHead(t('page.first'), t('first.intro')),
		h('div', { class: 'card narrow' },
			h('h2', {}, t('first.one')), h('p', {}, t('first.one.help')),
			snippet('llmrelayctl admin code')),
		h('div', { class: 'card narrow' }, h('h2', {}, t('first.two')), box));
	box.field('code').focus();
}
