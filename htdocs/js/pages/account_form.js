/* Adding an account, and changing one. */
import { api, request } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { go, link } from '../router.js';
import { form } from '../ui/form.js';
import { notice, pageHead } from '../ui/state.js';
import { toast } from '../ui/toast.js';
import { addressOf, faces, linkTo, pathOf } from './account_api.js';
import { bodyOf, changesOf, fieldsOf, valuesOf, withoutSecrets } from './account_fields.js';
import { keepResult } from './account_test.js';

async function lists() {
	const [groups, options] = await Promise.all([api.get('/admin/account-groups'),
		api.get('/admin/account-options')]);

	return { groups: groups ?? [], options };
}

/* Fields that only some types and kinds have, and what is needed of which. */
function adapt(element, fields, platformOf) {
	const input = (name) => element.field(name);
	const show = (name, shown) => {
		input(name).closest('.field').hidden = !shown;
	};

	function apply() {
		const platform = platformOf();
		const isAzure = platform === 'azure-openai';
		const need = { address: platform !== 'openai', deploymentName: isAzure };

		for (const one of fields) {
			if (one.name in need) {
				one.required = need[one.name];
				input(one.name).required = need[one.name];
			}
		}
		show('apiVersion', isAzure);
		show('groupIds', input('accountType').value === 'group');
	}

	element.addEventListener('change', apply);
	apply();
}

function busy(element, text) {
	const send = element.querySelector('button[type=submit]');
	const before = send.textContent;

	send.textContent = text;
	return () => {
		send.textContent = before;
	};
}

/* What a new account begins with: nothing, or what another has. */
async function firstValues({ type, copy }) {
	const platform = faces[type] ? type : 'azure-openai';

	if (!copy)
		return { ...valuesOf({ supportedModels: [] }), address: '', platform };
	const account = await api.get(pathOf({ platform, id: copy }));

	return { ...valuesOf(withoutSecrets(account)), address: addressOf(account), platform,
		name: t('accounts.copy.name', { name: account.name }) };
}

/** The page of a new account; query.type: its type at first, query.copy: the id of
 * one that it is to be like. */
export async function renderNew(body, { query }) {
	const [{ groups, options }, values] = await Promise.all([lists(), firstValues(query)]);
	const fields = fieldsOf({ isNew: true, groups, options });
	const element = form({ fields, values, submit: t('accounts.add.submit'),
		cancel: () => go('accounts'),
		onSubmit: async (all) => {
			const done = busy(element, t('accounts.add.testing'));

			try {
				const path = faces[all.platform].path;
				const answer = await request('POST', path,
					{ body: bodyOf(all, all.platform) });
				const made = answer.data;

				keepResult(made, made.test, answer.message);
				go('accounts', {}, made.platform, made.id);
			} finally {
				done();
			}
		} });

	adapt(element, fields, () => element.field('platform').value);
	replace(body, pageHead(t('accounts.add'), t('accounts.add.intro'),
		h('a', { class: 'button', href: link('accounts') }, t('accounts.back'))),
	query.copy && notice(t('accounts.copy.help')),
	h('div', { class: 'card form-card' }, element));
	element.field('name').focus({ preventScroll: true });
}

/** The page that changes one. */
export async function renderEdit(body, platform, id) {
	const [account, { groups, options }] = await Promise.all([
		api.get(pathOf({ platform, id })), lists()]);
	const fields = fieldsOf({ isNew: false, groups, options });
	const values = { ...valuesOf(account), address: addressOf(account) };
	const element = form({ fields, values,
		cancel: () => go('accounts', {}, platform, id),
		onSubmit: async (all) => {
			const changes = changesOf(bodyOf(element.initial, platform),
				bodyOf(all, platform));

			if (Object.keys(changes).length) {
				const answer = await request('PUT', pathOf(account), { body: changes });

				keepResult(answer.data, null,
					answer.data.warnings?.length ? answer.message : null);
				toast(t('accounts.saved'));
			}
			go('accounts', {}, platform, id);
		} });

	element.initial = element.read();
	adapt(element, fields, () => platform);
	replace(body, pageHead(t('accounts.edit', { name: account.name }), null,
		h('a', { class: 'button', href: linkTo(account) }, t('accounts.back.one'))),
	account.learned?.flavour && account.flavour === 'auto' &&
		notice(t('accounts.edit.found', { flavour: account.learned.flavour })),
	h('div', { class: 'card form-card' }, element));
}
