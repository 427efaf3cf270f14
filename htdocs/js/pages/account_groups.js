/* Groups of accounts, which keys can be bound to. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { empty, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain, toast } from '../ui/toast.js';
import { addressOf, loadAccounts, pathOf } from './account_api.js';

const PATH = '/admin/account-groups';

function groupPath({ id }) {
	return `${PATH}/${encodeURIComponent(id)}`;
}

/* Brings the accounts into the group, and out of it, that are not so yet.  Who
 * leaves the last group serves all keys again. */
async function setMembers(id, accounts, wanted) {
	for (const account of accounts) {
		const isIn = account.groupIds.includes(id);

		if (isIn === wanted.includes(account.id))
			continue;
		const groupIds = isIn ? account.groupIds.filter((one) => one !== id) :
			[...account.groupIds, id];

		await api.put(pathOf(account), { groupIds,
			accountType: groupIds.length ? 'group' : 'shared' });
	}
}

function groupFields(accounts) {
	return [
		{ name: 'name', label: t('groups.name'), required: true, help: t('groups.name.help') },
		{ name: 'description', label: t('groups.description') },
		{ name: 'members', label: t('groups.members'), type: 'checks',
			help: accounts.length ? t('groups.members.help') : t('accounts.empty'),
			options: accounts.map((one) => [one.id, one.name,
				one.accountType === 'group' ? addressOf(one) :
					`${t(`accounts.access.${one.accountType}`)} · ${addressOf(one)}`]) },
	];
}

/* Makes one or changes it; done() when that is done. */
async function groupDialog(group, done) {
	let accounts;

	try {
		accounts = await loadAccounts();
	} catch (e) {
		complain(e);
		return;
	}
	accounts.sort((a, b) => a.name.localeCompare(b.name));
	const members = group ? accounts.filter((one) => one.groupIds.includes(group.id)) : [];
	let id = group?.id;
	const inside = form({
		fields: groupFields(accounts),
		values: { ...group, members: members.map((one) => one.id) },
		cancel: () => box.close(),
		onSubmit: async ({ members: wanted, ...values }) => {
			const made = id ? await api.put(groupPath({ id }), values) :
				await api.post(PATH, values);

			id = made.id;
			await setMembers(id, accounts, wanted);
			box.close();
			toast(t('accounts.saved'));
			done();
		},
	});
	const box = dialog({ title: group ? t('groups.edit', { name: group.name }) :
		t('groups.new'), body: inside });

	inside.field('name').focus();
}

export function renderGroups(body) {
	const add = (label) => button(label, () => groupDialog(null, list.reload),
		{ class: 'primary' });
	const act = (label, group, work, more = {}) => button(label, work, { ...more,
		'class': ['small', more.class],
		'aria-label': t('accounts.act.of', { act: label, name: group.name }) });
	const list = table({
		label: t('groups.title'),
		load: async () => await api.get(PATH) ?? [],
		empty: empty(t('groups.empty'), add(t('groups.new'))),
		sort: { key: 'name', down: false },
		columns: [
			{ key: 'name', label: t('groups.name'), sort: true, class: 'name-cell' },
			{ key: 'description', label: t('groups.description'), class: 'wrap',
				render: (row) => row.description || '–' },
			{ key: 'memberCount', label: t('groups.members'), sort: true, class: 'number',
				render: (row) => h('a', { href: link('accounts', { group: row.id }) },
					row.memberCount) },
			{ key: 'actions', label: '', class: 'actions', render: (row) =>
				h('div', { class: 'acts' },
					act(t('accounts.edit.short'), row, () =>
						groupDialog(row, list.reload)),
					act(t('accounts.delete'), row, () => remove(row),
						{ class: 'danger' })) },
		],
	});

	async function remove(group) {
		const yes = await confirm({ title: t('accounts.delete'),
			action: t('accounts.delete'), text: t('groups.delete.ask', { name: group.name }) });

		if (!yes)
			return;
		try {
			await api.delete(groupPath(group));
			toast(t('accounts.deleted', { name: group.name }));
			list.reload();
		} catch (e) {
			complain(e);
		}
	}

	replace(body, pageHead(t('groups.title'), t('groups.intro'),
		h('a', { class: 'button', href: link('accounts') }, t('accounts.back')),
		add(t('groups.new'))), list);
}
