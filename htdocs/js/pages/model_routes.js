/* The accounts that serve one name, in the order in which they are tried. */
import { h } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { badge } from '../ui/state.js';
import { linkTo } from './account_api.js';
import { capabilities } from './account_fields.js';
import { statusOf } from './account_parts.js';

/* How it takes part: sharing what comes, waiting behind those of larger
 * priority, only for keys that are bound to it, or out. */
const ranks = { shares: 0, waits: 1, bound: 2, out: 3 };

/**
 * rows: of GET /admin/model-routes for one name; accounts: id -> account.
 * Those of the largest priority that can be used share by weight.
 */
export function routesOf(rows, accounts) {
	const routes = rows.map((row) => {
		const account = accounts.get(row.accountId);
		const access = account?.accountType ?? 'shared';

		return { row, account, part: row.status !== 'active' ? 'out' :
			access === 'shared' ? 'waits' : 'bound' };
	});
	const open = routes.filter(({ part }) => part === 'waits');
	const top = Math.max(...open.map(({ row }) => row.priority));
	const first = open.filter(({ row }) => row.priority === top);
	const whole = first.reduce((sum, { row }) => sum + row.weight, 0);

	for (const route of first) {
		route.part = 'shares';
		route.share = route.row.weight / whole;
	}
	return routes.sort((a, b) => ranks[a.part] - ranks[b.part] ||
		b.row.priority - a.row.priority || b.row.weight - a.row.weight);
}

/* [its mark, what else there is to say] */
function markOf({ row, part, share, account }) {
	const doubt = row.statusReason && h('div', { class: 'status-line' }, statusOf(row));

	switch (part) {
	case 'shares':
		return [badge(t('models.share', { n: number(Math.round(share * 100)) }), 'good'),
			doubt];
	case 'waits':
		return [badge(t('models.waits')), doubt];
	case 'bound':
		return [badge(t(`models.bound.${account.accountType}`)), doubt];
	default:
		return statusOf(row);
	}
}

function routeLine(route) {
	const { row, account, part } = route;
	const lacks = account ? capabilities.filter((one) =>
		!account.capabilities.includes(one)) : [];
	const [mark, ...more] = markOf(route);

	return h('li', { data: { part } },
		h('div', { class: 'row' }, mark,
			h('a', { href: linkTo({ platform: row.platform, id: row.accountId }) },
				row.accountName),
			row.sentModel ? h('span', {}, '→ ', h('code', {}, row.sentModel)) :
				h('span', { class: 'soft' }, t('models.asasked')),
			h('span', { class: 'small soft' }, t('models.priority', { n: row.priority }),
				row.weight !== 1 && ` · ${t('accounts.weight', { n: row.weight })}`),
			lacks.map((one) => badge(t(`models.lacks.${one}`)))),
		more);
}

/* Those that serve every name and get nothing of this one stand at the row of all
 * names only. */
function isNoise({ row, part }) {
	return row.pattern === '*' && row.model !== '*' && (part === 'bound' || part === 'out');
}

/** all: also those that are noise. */
export function routeList(routes, all = false) {
	return h('div', { class: 'stack tight' },
		!routes.some(({ part }) => part === 'shares') &&
			h('p', { class: 'small' }, badge(t('models.nobody'), 'bad'), ' ',
				t('models.nobody.why')),
		h('ol', { class: 'routes' }, routes.filter((one) => all || !isNoise(one))
			.map(routeLine)));
}
