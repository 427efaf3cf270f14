/* Who is logged in, and the tokens of scripts. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { ago, time } from '../format.js';
import { t } from '../i18n.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { snippet } from '../ui/copy.js';
import { badge, notice, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain, toast } from '../ui/toast.js';

export const title = 'page.sessions';

export function render(body) {
	const list = table({
		label: t('page.sessions'),
		load: () => api.get('/admin/tokens'),
		empty: t('sessions.empty'),
		sort: { key: 'lastUsedAt', down: true },
		columns: [
			{ key: 'name', label: t('sessions.name'), sort: true },
			{ key: 'kind', label: t('sessions.kind'), sort: true,
				render: (row) => badge(t(`sessions.kind.${row.kind}`)) },
			{ key: 'remote', label: t('sessions.remote') },
			{ key: 'createdAt', label: t('sessions.created'), sort: true,
				class: 'nowrap', render: (row) => time(row.createdAt) },
			{ key: 'lastUsedAt', label: t('sessions.used'), sort: true,
				class: 'nowrap', render: (row) => ago(row.lastUsedAt) },
			{ key: 'expiresAt', label: t('sessions.expires'), sort: true,
				class: 'nowrap', render: (row) => time(row.expiresAt) },
			{ key: 'end', label: '', class: 'actions', render: (row) =>
				button(t('sessions.end'), () => end(row), { 'class': 'small danger',
					'aria-label': t('sessions.end.what', { name: row.name }) }) },
		],
	});

	async function end(row) {
		const yes = await confirm({ title: t('sessions.end'), action: t('sessions.end'),
			text: t('sessions.end.ask', { name: row.name }) });

		if (!yes)
			return;
		try {
			await api.delete(`/admin/tokens/${encodeURIComponent(row.id)}`);
			toast(t('sessions.ended'));
			list.reload();
		} catch (e) {
			complain(e);
		}
	}

	function create() {
		const box = dialog({ title: t('sessions.new'), body: form({
			fields: [
				{ name: 'name', label: t('sessions.name'), required: true,
					help: t('sessions.name.help') },
				{ name: 'expiresAt', label: t('sessions.expires'), type: 'datetime',
					help: t('sessions.expires.help') },
			],
			submit: t('sessions.new'),
			cancel: () => box.close(),
			onSubmit: async (values) => {
				const made = await api.post('/admin/tokens', values);

				box.close();
				list.reload();
				dialog({ title: t('sessions.made', { name: made.name }), body: [
					notice(t('sessions.once'), 'warn'), snippet(made.token)] });
			},
		}) });
	}

	replace(body, pageHead(t('page.sessions'), t('sessions.intro'),
		button(t('sessions.new'), create, { class: 'primary' })), list,
	h('p', { class: 'small soft' }, t('sessions.person')));
}
