/* Accounts as the API has them: one kind of record behind three addresses. */
import { api } from '../api.js';
import { t } from '../i18n.js';
import { link } from '../router.js';

/** By the account's platform: where it is asked for, how its address is called. */
export const faces = {
	'azure-openai': { path: '/admin/azure-openai-accounts', address: 'azureEndpoint' },
	'openai': { path: '/admin/openai-accounts', address: 'baseApi' },
	'openai-responses': { path: '/admin/openai-responses-accounts', address: 'baseApi' },
};

export function faceName(platform) {
	return t(`accounts.type.${platform}`);
}

/** The API's address of an account: pathOf(account, 'test'). */
export function pathOf({ platform, id }, action) {
	return `${faces[platform].path}/${encodeURIComponent(id)}${action ? `/${action}` : ''}`;
}

/** The page of an account. */
export function linkTo({ platform, id }, ...more) {
	return link('accounts', {}, platform, id, ...more);
}

export function addressOf(account) {
	return account[faces[account.platform].address] ?? '';
}

/** All accounts of all faces. */
export async function loadAccounts(options) {
	const lists = await Promise.all(Object.values(faces).map(({ path }) =>
		api.get(path, {}, options)));

	return lists.flat();
}

/** [[asked, sent or null]]; none: every name. */
export function namesOf({ supportedModels }) {
	return Array.isArray(supportedModels) ? supportedModels.map((name) => [name, null]) :
		Object.entries(supportedModels ?? {}).map(([asked, sent]) => [asked, sent || null]);
}

/** Whether the scheduler may pick it at this moment. */
export function isUsable({ status }) {
	return status === 'active';
}
