/* Requests: those that ended (the ledger), those in flight, and what failed.
 * Which of them, and every filter, stands in the address. */
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { go, setQuery } from '../router.js';
import { choices, pageHead } from '../ui/state.js';
import { openRequest } from './requests_detail.js';
import { errors } from './requests_errors.js';
import { ledger } from './requests_ledger.js';
import { live } from './requests_live.js';

export const title = 'page.requests';

const views = { ledger, live, errors };

export function render(body, { query }) {
	const view = query.view in views ? query.view : 'ledger';
	/* Paging and the request that is open belong to one view only. */
	const { cursor: _cursor, id: _id, ...kept } = query;
	const part = h('div', { class: 'stack' });
	let at = query;
	let left = false;

	/* The address follows the filters without drawing the page anew. */
	function keep(change) {
		at = { ...at, ...change };
		if (!left)
			setQuery(at);
	}

	function open(id) {
		keep({ id });
		openRequest(id, () => keep({ id: null }));
	}

	replace(body, pageHead(t('page.requests'), t(`requests.intro.${view}`),
		choices(t('requests.view'), Object.keys(views).map((one) =>
			[one, t(`requests.view.${one}`)]), view,
		(one) => go('requests', { ...kept, view: one === 'ledger' ? null : one }))), part);
	const leave = views[view](part, { query, keep, open });

	if (query.id)
		open(query.id);
	return () => {
		left = true;
		leave?.();
	};
}
