/* One's own password and name. */
import { request } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import * as session from '../session.js';
import { form } from '../ui/form.js';
import { pageHead } from '../ui/state.js';
import { toast } from '../ui/toast.js';

export const title = 'page.password';

export function render(body) {
	const box = form({
		fields: [
			{ name: 'currentPassword', label: t('password.current'), type: 'password',
				required: true, autocomplete: 'current-password' },
			{ name: 'newPassword', label: t('password.new'), type: 'password',
				required: true, autocomplete: 'new-password', help: t('password.new.help') },
			{ name: 'again', label: t('password.again'), type: 'password',
				required: true, autocomplete: 'new-password' },
			{ name: 'newUsername', label: t('password.username'),
				help: t('password.username.help'), autocomplete: 'username' },
		],
		values: { newUsername: session.current().username },
		submit: t('password.submit'),
		onSubmit: async ({ currentPassword, newPassword, again, newUsername }) => {
			if (newPassword !== again)
				throw Object.assign(new Error(t('password.differ')), { field: 'again' });
			const change = { currentPassword, newPassword };

			if (newUsername && newUsername !== session.current().username)
				change.newUsername = newUsername;
			await request('POST', '/web/auth/change-password', { body: change });
			toast(t('password.done'));
			await session.load();
			box.reset();
		},
	});

	replace(body, pageHead(t('page.password'), t('password.intro')),
		h('div', { class: 'card narrow' }, box));
}
