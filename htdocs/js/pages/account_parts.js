/* What several pages show of an account: its status with the time left, the
 * names that it serves. */
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { duration } from '../format.js';
import { dot } from '../ui/state.js';
import { namesOf } from './account_api.js';

const NAMES_SHOWN = 3;
const kinds = { active: 'good', trial: 'warn', rateLimited: 'warn', unauthorized: 'bad', error: 'bad' };

function timeLeft(until) {
	const seconds = Math.ceil((new Date(until).getTime() - Date.now()) / 1000);

	return seconds <= 0 ? t('accounts.cooldown.over') : t('accounts.cooldown.left', {
		time: seconds < 60 ? `${seconds} s` : duration(seconds * 1000) });
}

/** Counts every time left in node down; done() when one is over.  Gives stop(). */
export function countDown(node, done) {
	const timer = setInterval(() => {
		let over = false;

		for (const one of node.querySelectorAll('[data-until]')) {
			one.textContent = timeLeft(one.dataset.until);
			if (new Date(one.dataset.until) <= Date.now()) {
				delete one.dataset.until;
				over = true;
			}
		}
		if (over)
			done();
	}, 1000);

	return () => clearInterval(timer);
}

/** Dot and word; below, why and how long yet. */
export function statusOf(account) {
	const { status, statusReason, cooldownUntil, isActive, schedulable } = account;
	const cooling = !['active', 'inactive', 'paused'].includes(status);
	const off = isActive === false || schedulable === false || status === 'inactive' ||
		status === 'paused';

	const word = status === 'active' && statusReason ? 'trial' : status;

	return [dot(t(`accounts.status.${word}`), kinds[word] ?? ''),
		cooling && h('div', { class: 'small nowrap' }, cooldownUntil ?
			h('span', { data: { until: cooldownUntil } }, timeLeft(cooldownUntil)) :
			t('accounts.cooldown.reset')),
		statusReason && !off && h('div', { class: 'small soft reason',
			title: statusReason }, statusReason)];
}

/** The names that clients may ask for, the first of them or all. */
export function namesServed(account, all = false) {
	const names = namesOf(account);
	const shown = all ? names : names.slice(0, NAMES_SHOWN);

	if (!names.length)
		return h('span', { class: 'soft' }, t('accounts.names.every'));
	return [shown.map(([asked, sent]) => h('div', {}, h('code', {}, asked),
		sent && [' → ', h('code', {}, sent)])),
	names.length > shown.length && h('div', { class: 'small soft' },
		t('accounts.names.more', { n: names.length - shown.length }))];
}
