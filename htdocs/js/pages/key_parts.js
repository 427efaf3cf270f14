/* What the pages of API keys share: a key's state, its limits, and what is done
 * to one. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { cost, duration, number, short, time, timeText } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { bar } from '../ui/bars.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { dot, failed, pageHead } from '../ui/state.js';
import { complain, toast } from '../ui/toast.js';

export const PATH = '/admin/api-keys';

const DAY = 24 * 3600 * 1000;
const kinds = { active: 'good', waiting: 'warn', expired: 'bad' };

export function pathOf(key, ...more) {
	return [PATH, encodeURIComponent(key.id), ...more].join('/');
}

/** The address of a key's page. */
export function linkTo(key, ...more) {
	return link('keys', {}, key.id, ...more);
}

/** The key; when there is none the page says so, and null is given. */
export async function keyOr404(body, id) {
	try {
		return await api.get(pathOf({ id }));
	} catch (e) {
		if (e.status !== 404)
			throw e;
		replace(body, pageHead(t('page.keys'), null,
			h('a', { class: 'button', href: link('keys') }, t('keys.back'))),
		failed({ message: t('keys.gone') }));
		return null;
	}
}

/** Tags as links to the keys that have them; the first of many. */
export function tagLinks(tags, most = Infinity) {
	return [tags.slice(0, most).map((tag) =>
		h('a', { class: 'badge tag', href: link('keys', { tag }) }, tag)),
	tags.length > most && h('span', { class: 'small soft' }, `+${tags.length - most}`)];
}

/** "30 days": how long a key lasts after its first use. */
export function lasts(key) {
	return t(`keys.lasts.${key.activationUnit}`, { n: number(key.activationDays) });
}

/** Dot and word. */
export function statusOf(key) {
	return dot(t(`keys.status.${key.status}`), kinds[key.status] ?? '');
}

/** What was used cost; nothing has a price: that. */
export function costOf(usage) {
	return usage.requests > 0 && usage.unpriced >= usage.requests ?
		h('span', { class: 'soft' }, t('dashboard.unpriced')) : cost(usage.cost);
}

/** When it ends, or what that depends on. */
export function endOf(key) {
	if (key.status === 'waiting')
		return t('keys.end.waits', { time: lasts(key) });
	const left = new Date(key.expiresAt).getTime() - Date.now();

	return key.expiresAt ? [time(key.expiresAt), left > 0 && left < 7 * DAY &&
		h('div', { class: 'small warn-text' }, t('keys.end.soon',
			{ n: number(Math.ceil(left / DAY)) }))] :
		h('span', { class: 'soft' }, t('keys.end.never'));
}

/* "1 h": the length of the window, for the names of its limits. */
function windowOf(key) {
	return { window: duration(key.rateLimitWindow * 60000) };
}

/* [word, used, limit, as text] */
function limitsOf(key, count) {
	return [
		['concurrency', key.currentConcurrency, key.concurrencyLimit, count],
		['windowRequests', key.currentWindowRequests, key.rateLimitRequests, count],
		['windowTokens', key.currentWindowTokens, key.tokenLimit, count],
		['windowCost', key.currentWindowCost, key.rateLimitCost, cost],
		['dailyCost', key.dailyCost, key.dailyCostLimit, cost],
		['totalCost', key.totalCost, key.totalCostLimit, cost],
	].filter(([, , limit]) => limit > 0);
}

/** A bar for each limit that the key has; narrow: figures are cut short. */
export function limitBars(key, narrow = false) {
	return limitsOf(key, narrow ? short : number).map(([name, used, limit, text]) =>
		bar({ label: narrow ? t(`keys.limit.${name}`, windowOf(key)) : t(`key.limit.${name}`),
			used, limit, text, words: narrow ? 'keys.left.short' : 'keys.left' }));
}

/* ---- acts: each resolves to whether something changed ---- */

async function done(act, text) {
	try {
		await act();
	} catch (e) {
		complain(e);
		return false;
	}
	toast(text);
	return true;
}

export async function toggle(key) {
	if (key.isActive && !await confirm({ title: t('keys.off'), action: t('keys.off'),
		text: t('keys.off.ask', { name: key.name }) }))
		return false;
	return done(() => api.put(pathOf(key), { isActive: !key.isActive }),
		t(key.isActive ? 'keys.off.done' : 'keys.on.done', { name: key.name }));
}

export async function remove(key) {
	const yes = await confirm({ title: t('keys.delete'), action: t('keys.delete'),
		text: t('keys.delete.ask', { name: key.name }) });

	return yes && done(() => api.delete(pathOf(key)), t('keys.delete.done', { name: key.name }));
}

const steps = [['keys.expiry.1d', 1], ['keys.expiry.7d', 7], ['keys.expiry.30d', 30],
	['keys.expiry.90d', 90], ['keys.expiry.365d', 365]];

/* What datetime-local takes: the reader's zone. */
function local(ms) {
	return new Date(ms - new Date(ms).getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/** Buttons that put a date into a field: so long after from, or never. */
export function dateButtons(input, from = Date.now()) {
	return h('div', { 'class': 'row chips', 'role': 'group', 'aria-label': t('keys.expiry.quick') },
		steps.map(([word, days]) => button(t(word), () => {
			input.value = local(from + days * DAY);
		}, { class: 'small chip' })),
		button(t('keys.end.never'), () => {
			input.value = '';
		}, { class: 'small chip' }));
}

/** The dialog that changes when a key ends. */
export function changeExpiry(key) {
	return new Promise((resolve) => {
		let changed = false;
		const waits = key.status === 'waiting';
		const send = async (body, text) => {
			await api.patch(pathOf(key, 'expiration'), body);
			changed = true;
			box.close();
			toast(text);
		};
		const dates = form({ fields: [{ name: 'expiresAt', type: 'datetime',
			label: t('keys.expiresAt'), help: waits ? t('keys.expiry.waits.help') :
				t('keys.expiresAt.help') }],
		values: { expiresAt: key.expiresAt }, cancel: () => box.close(),
		onSubmit: ({ expiresAt }) => send(waits ? { expiresAt, expirationMode: 'fixed' } :
			{ expiresAt }, t('keys.expiry.done', { when: expiresAt ? timeText(expiresAt) :
			t('keys.end.never') })) });
		const now = new Date(key.expiresAt ?? 0).getTime();

		dates.field('expiresAt').after(dateButtons(dates.field('expiresAt'),
			Math.max(now, Date.now())));
		const start = waits && h('div', { class: 'stack tight' },
			h('p', {}, t('keys.expiry.start.help', { time: lasts(key) })),
			h('div', {}, button(t('keys.expiry.start'), () => send({ activateNow: true },
				t('keys.expiry.started')).catch(complain))));
		const box = dialog({ title: t('keys.expiry.of', { name: key.name }),
			body: [start, dates], onClose: () => resolve(changed) });
	});
}

/** Buttons for a key; done() after one changed it, gone() after it was deleted. */
export function actions(key, { changed, gone, size = 'small' }) {
	const doing = (what, then) => async () => {
		if (await what(key))
			then();
	};
	const named = (word, act) => ({ 'class': size, 'aria-label': `${t(word)}: ${key.name}`,
		'data': { focus: `${act} ${key.id}` } });

	return [
		h('a', { 'class': ['button', size], 'href': linkTo(key, 'edit'),
			'aria-label': `${t('keys.edit')}: ${key.name}` }, t('keys.edit')),
		button(t('keys.expiry'), doing(changeExpiry, changed), named('keys.expiry', 'expiry')),
		button(t(key.isActive ? 'keys.off' : 'keys.on'), doing(toggle, changed),
			named(key.isActive ? 'keys.off' : 'keys.on', 'toggle')),
		button(t('keys.delete'), doing(remove, gone), { ...named('keys.delete', 'delete'),
			class: [size, 'danger'] }),
	];
}
