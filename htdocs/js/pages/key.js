/* What a key has used and may still use; for its owner, without a login.  The
 * key stands in the form only: it is sent to the relay and kept nowhere. */
import { request } from '../api.js';
import { h, replace } from '../dom.js';
import { cost, duration, number, time } from '../format.js';
import { t } from '../i18n.js';
import { bar } from '../ui/bars.js';
import { form } from '../ui/form.js';
import { facts, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';

export const title = 'page.key';

const counts = ['requests', 'inputTokens', 'outputTokens', 'cacheReadTokens',
	'cacheCreateTokens', 'allTokens', 'cost'];
const periods = ['daily', 'monthly', 'total'];

function shownAs(what, value) {
	return what === 'cost' ? cost(value) : number(value);
}

function used(usage) {
	const rows = table({ label: t('key.usage'), columns: [
		{ key: 'what', label: t('key.figure'), render: (what) => t(`key.count.${what}`) },
		...periods.map((period) => ({ key: period, label: t(`key.period.${period}`),
			class: 'number', render: (what) => shownAs(what, usage[period]?.[what]) })),
	] });

	rows.set(counts);
	return rows;
}

/* Limits of which something is used up: [name, limit, used, as text]. */
function bars(l) {
	return [
		['dailyCost', l.dailyCostLimit, l.currentDailyCost, cost],
		['totalCost', l.totalCostLimit, l.currentTotalCost, cost],
		['windowRequests', l.rateLimitRequests, l.currentWindowRequests, number],
		['windowTokens', l.tokenLimit, l.currentWindowTokens, number],
		['windowCost', l.rateLimitCost, l.currentWindowCost, cost],
	].filter(([, limit]) => limit > 0);
}

function limits(data) {
	const l = data.limits ?? {};
	const list = bars(l);

	return h('section', { class: 'card' }, h('h2', {}, t('key.limits')),
		list.length ? list.map(([name, limit, used, text]) =>
			bar({ label: t(`key.limit.${name}`), used, limit, text })) : h('p', { class: 'soft' }, t('key.limits.none')),
		facts([
			[t('key.expires'), time(data.expiresAt)],
			l.concurrencyLimit > 0 && [t('key.concurrency'), number(l.concurrencyLimit)],
			l.windowRemainingSeconds > 0 && [t('key.window'),
				duration(l.windowRemainingSeconds * 1000)],
		]));
}

export function render(body) {
	const shown = h('div', { 'class': 'stack', 'aria-live': 'polite' });
	const box = form({
		fields: [{ name: 'key', label: t('key.key'), type: 'password', required: true,
			help: t('key.help'), placeholder: 'cr_…' }],
		submit: t('key.show'),
		onSubmit: async ({ key }) => {
			replace(shown);
			const [info, stats] = await Promise.all([
				request('GET', '/v1/key-info', { key }),
				request('POST', '/apiStats/api/user-stats', { key, body: { apiKey: key } }),
			]);

			replace(shown, h('section', { class: 'card' },
				h('h2', { class: 'wrap' }, info.keyInfo.name || t('page.key')),
				used(info.keyInfo.usage)), limits(stats.data));
		},
	});

	replace(body, pageHead(t('page.key'), t('key.intro')),
		h('section', { class: 'card' }, box), shown);
}
