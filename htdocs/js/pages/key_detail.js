/* One key: its limits and what is left, what it used, and its requests. */
import { api } from '../api.js';
import { h, keepFocus, replace } from '../dom.js';
import { ago, cost, duration, number, short, time } from '../format.js';
import { t } from '../i18n.js';
import { go, link } from '../router.js';
import { facts, failed, loading, notice, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { bindingChoices, bindingOf } from './key_fields.js';
import { actions, costOf, endOf, keyOr404, lasts, limitBars, pathOf, statusOf,
	tagLinks } from './key_parts.js';
import { keyRequests } from './key_requests.js';
import { keyTrend } from './key_trend.js';

const counts = ['requests', 'errors', 'inputTokens', 'outputTokens', 'cacheReadTokens',
	'cacheCreateTokens', 'allTokens', 'cost', 'unpriced'];

const costLimits = ['dailyCostLimit', 'totalCostLimit', 'rateLimitCost'];

function list(values, none) {
	return values.length ? values.map((one) => h('div', {}, h('code', {}, one))) :
		h('span', { class: 'soft' }, none);
}

/* The name of what it is bound to; its id until that is known. */
function bound(key, bindings) {
	const value = bindingOf(key);
	const id = value.split(' ')[1];

	return bindings?.find(([one]) => one.split(' ')[1] === id)?.[1] ??
		(id || t('keys.binding.none'));
}

/* Only relays whose requests can wait tell it. */
function queueOf({ concurrentRequestQueueMaxSize: size, concurrentRequestQueueTimeoutMs: ms }) {
	if (!size)
		return t('keys.queue.settings');
	return size < 0 ? t('keys.queue.none') : [t('keys.queue.size', { n: number(size) }),
		ms > 0 && `, ${duration(ms)}`];
}

function known(key, bindings) {
	return facts([
		[t('keys.status'), statusOf(key)],
		[t('keys.key'), h('code', {}, key.apiKey)],
		[t('keys.id'), h('code', {}, key.id)],
		key.description && [t('keys.description'), key.description],
		key.tags.length > 0 && [t('keys.tags'), h('div', { class: 'row' }, tagLinks(key.tags))],
		[t('keys.created'), time(key.createdAt)],
		[t('keys.used'), ago(key.lastUsedAt)],
		[t('keys.end'), endOf(key)],
		key.expirationMode === 'activation' && key.isActivated &&
			[t('keys.activated'), [time(key.activatedAt), ` · ${lasts(key)}`]],
		key.concurrentRequestQueueMaxSize !== undefined && [t('keys.part.queue'), queueOf(key)],
		[t('keys.binding'), bound(key, bindings)],
		[t('keys.allowedModels'), list(key.allowedModels, t('keys.all.models'))],
		key.restrictedModels.length > 0 && [t('keys.restrictedModels'),
			list(key.restrictedModels)],
		[t('keys.allowedClients'), list(key.allowedClients, t('keys.all.clients'))],
	]);
}

function limits(key) {
	const bars = limitBars(key);

	return h('section', { class: 'card' }, h('h2', {}, t('key.limits')),
		bars.length ? bars : h('p', { class: 'soft' }, t('keys.nolimits')),
		costLimits.some((name) => key[name] > 0) && key.usage.total.unpriced > 0 &&
			notice(t('keys.unpriced', { n: number(key.usage.total.unpriced) }), 'warn'),
		key.windowEndTime && h('p', { class: 'small soft' }, t('keys.window', {
			minutes: number(key.rateLimitWindow) }), ' ', time(key.windowEndTime)),
		!key.concurrencyLimit && h('p', { class: 'small soft' }, t('keys.now', {
			n: number(key.currentConcurrency) })));
}

function usage(key) {
	const shown = (name, counted) => name === 'cost' ? costOf(counted) : number(counted[name]);
	const rows = table({ label: t('key.usage'), columns: [
		{ key: 'name', label: t('key.figure'), render: (name) => t(`keys.count.${name}`) },
		...['daily', 'total'].map((period) => ({ key: period, class: 'number',
			label: t(`key.period.${period}`),
			render: (name) => shown(name, key.usage[period]) })),
	] });

	rows.set(counts.filter((name) => name !== 'unpriced' || key.usage.total.unpriced > 0));
	return h('section', { class: 'card' }, h('h2', {}, t('key.usage')), rows,
		h('p', { class: 'small soft' }, t('keys.averages', {
			rpm: number(key.usage.averages.rpm), tpm: short(key.usage.averages.tpm) })));
}

function byModel(key) {
	return table({ label: t('keys.models'), empty: t('keys.models.none'),
		load: () => api.get('/admin/model-stats', { keyId: key.id, period: 'all' }),
		sort: { key: 'requests', down: true }, columns: [
			{ key: 'model', label: t('dashboard.model'), sort: true, class: 'name' },
			...['requests', 'errors', 'allTokens'].map((name) => ({ key: name, sort: true,
				class: 'number', label: t(`keys.count.${name}`),
				render: (row) => number(row[name]) })),
			{ key: 'cost', label: t('keys.count.cost'), sort: true, class: 'number',
				render: (row) => cost(row.cost) },
		] });
}

export async function renderKey(body, id) {
	const top = h('div', { class: 'stack' }, loading());
	const head = h('div', {});
	let bindings = null;

	function show(key) {
		keepFocus(head, () => replace(head, pageHead(key.name, statusOf(key),
			actions(key, { changed: reload, gone: () => go('keys'), size: '' }),
			h('a', { class: 'button', href: link('keys') }, t('keys.back')))));
		replace(top, h('div', { class: 'grid' },
			h('div', { class: 'stack' }, limits(key), h('section', { class: 'card' },
				h('h2', {}, t('keys.about')), known(key, bindings))), usage(key)));
	}

	async function reload() {
		try {
			show(await api.get(pathOf({ id })));
		} catch (e) {
			replace(top, failed(e, reload));
		}
	}

	const key = await keyOr404(body, id);

	if (!key)
		return;
	const trend = keyTrend(key);
	const requests = keyRequests(key);

	replace(body, head, top, trend,
		h('section', { class: 'card' }, h('h2', {}, t('keys.models')), byModel(key)),
		requests);
	show(key);
	if (bindingOf(key)) {
		bindingChoices().then((list) => {
			bindings = list;
			return reload();
		}).catch(() => { /* the id stands there */ });
	}
}

