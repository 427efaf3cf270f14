/* Who may log in: all of them may do everything. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { time } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import * as session from '../session.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { badge } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain, toast } from '../ui/toast.js';

const PATH = '/admin/admins';

function pathOf(row, what = '') {
	return `${PATH}/${encodeURIComponent(row.username)}${what}`;
}

const passwords = () => [
	{ name: 'password', label: t('login.password'), type: 'password', required: true,
		autocomplete: 'new-password', help: t('password.new.help') },
	{ name: 'again', label: t('first.again'), type: 'password', required: true,
		autocomplete: 'new-password' },
];

function checkSame({ password, again }) {
	if (password !== again)
		throw Object.assign(new Error(t('first.differ')), { field: 'again' });
}

function create(done) {
	const box = dialog({ title: t('admins.new'), narrow: true, body: form({
		fields: [{ name: 'username', label: t('login.username'), required: true,
			help: t('first.username.help') }, ...passwords()],
		submit: t('admins.new'),
		cancel: () => box.close(),
		onSubmit: async (values) => {
			checkSame(values);
			const made = await api.post(PATH, { username: values.username,
				password: values.password });

			box.close();
			toast(t('admins.made', { name: made.username }));
			done();
		},
	}) });
}

function setPassword(row, done) {
	const box = dialog({ title: t('admins.password.of', { name: row.username }),
		narrow: true, body: [h('p', {}, t('admins.password.help')), form({
			fields: passwords(),
			submit: t('password.submit'),
			cancel: () => box.close(),
			onSubmit: async (values) => {
				checkSame(values);
				await api.put(pathOf(row, '/password'), { password: values.password });
				box.close();
				toast(t('password.done'));
				done();
			},
		})] });
}

async function remove(row, done) {
	const yes = await confirm({ title: t('admins.delete'), action: t('admins.delete'),
		text: t('admins.delete.ask', { name: row.username }) });

	if (!yes)
		return;
	try {
		await api.delete(pathOf(row));
		toast(t('admins.deleted', { name: row.username }));
		done();
	} catch (e) {
		complain(e);
	}
}

export function admins(part) {
	const me = session.current().username;
	const list = table({
		label: t('settings.section.admins'),
		load: () => api.get(PATH),
		sort: { key: 'username' },
		columns: [
			{ key: 'username', label: t('login.username'), sort: true, class: 'name-cell',
				render: (row) => [row.username, ' ',
					row.username === me && badge(t('admins.you'), 'good')] },
			{ key: 'createdAt', label: t('sessions.created'), sort: true, class: 'nowrap',
				render: (row) => time(row.createdAt) },
			{ key: 'updatedAt', label: t('admins.updated'), sort: true, class: 'nowrap',
				render: (row) => time(row.updatedAt) },
			{ key: 'acts', label: '', class: 'actions', render: acts },
		],
	});

	/* One's own password wants the old one; oneself is deleted by another. */
	function acts(row) {
		if (row.username === me)
			return h('a', { class: 'button small', href: link('password') },
				t('admins.password'));
		return h('div', { class: 'row' },
			button(t('admins.password'), () => setPassword(row, list.reload), {
				'class': 'small',
				'aria-label': t('admins.password.of', { name: row.username }) }),
			button(t('admins.delete'), () => remove(row, list.reload), {
				'class': 'small danger',
				'aria-label': t('admins.delete.what', { name: row.username }) }));
	}

	replace(part, h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('h2', {}, t('settings.section.admins')),
		button(t('admins.new'), () => create(list.reload), { class: 'primary' })), list,
	h('p', { class: 'small soft' }, t('admins.note'))));
}
