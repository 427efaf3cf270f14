/* What is done to an account by a button, on its own page and in the list. */
import { api, request } from '../api.js';
import { t } from '../i18n.js';
import { confirm } from '../ui/dialog.js';
import { complain, toast } from '../ui/toast.js';
import { pathOf } from './account_api.js';

/* Does it, says so; null when it did not work. */
async function act(work, said) {
	try {
		const value = await work();

		toast(typeof said === 'function' ? said(value) : said);
		return value;
	} catch (e) {
		complain(e);
		return null;
	}
}

/** Pauses it or lets it work again; -> the account as it is then, or null. */
export function toggleActive(account) {
	return act(() => api.put(pathOf(account, 'toggle')), (now) =>
		t(now.isActive ? 'accounts.resumed' : 'accounts.paused', { name: now.name }));
}

export function toggleSchedulable(account) {
	return act(() => api.put(pathOf(account, 'toggle-schedulable')), (now) =>
		t(now.schedulable ? 'accounts.scheduled' : 'accounts.unscheduled',
			{ name: now.name }));
}

/** Ends a cool-down. */
export function resetStatus(account) {
	return act(() => api.post(pathOf(account, 'reset-status')),
		t('accounts.reset.done', { name: account.name }));
}

export async function forgetLearned(account) {
	const yes = await confirm({ title: t('accounts.forget'), action: t('accounts.forget'),
		text: t('accounts.forget.ask', { name: account.name }) });

	return yes ? act(() => api.post(pathOf(account, 'reset-learned')),
		t('accounts.forget.done')) : null;
}

/** Asks and deletes; -> whether it is gone. */
export async function remove(account) {
	const yes = await confirm({ title: t('accounts.delete'), action: t('accounts.delete'),
		text: t('accounts.delete.ask', { name: account.name }) });

	if (!yes)
		return false;
	return await act(() => request('DELETE', pathOf(account)), (answer) =>
		answer.unboundKeys ? t('accounts.deleted.keys', { n: answer.unboundKeys }) :
			t('accounts.deleted', { name: account.name })) !== null;
}
