/* Pages of a list that the server cuts. */
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';

const SIZES = [20, 50, 100];

/**
 * pager({label, onPage(page), onSize(size)}) -> element with show({page,
 * pageSize, total, totalPages}); onSize is left out where the size stays.
 */
export function pager({ label, onPage, onSize = null }) {
	const element = h('nav', { 'class': 'card-head', 'aria-label': label });

	function step(text, name, page, usable) {
		return button(text, () => onPage(page), { 'class': 'small', 'disabled': !usable,
			'aria-label': name, 'data': { step: name } });
	}

	element.show = ({ page, pageSize, total, totalPages }) => {
		const was = element.contains(document.activeElement) &&
			document.activeElement.dataset.step;
		const sizes = SIZES.includes(pageSize) ? SIZES : [pageSize, ...SIZES];
		const select = onSize && h('select', { 'value': pageSize,
			'aria-label': t('pager.size'), 'onchange': () => onSize(Number(select.value)) },
		sizes.map((n) => h('option', { value: n }, t('pager.each', { n }))));

		replace(element, h('span', { 'class': 'small soft', 'aria-live': 'polite' }, total ?
			t('pager.of', { from: number((page - 1) * pageSize + 1),
				to: number(Math.min(page * pageSize, total)), total: number(total) }) :
			t('pager.none')),
		h('div', { class: 'row' },
			select && h('span', { class: 'inline-field small' }, select),
			totalPages > 1 && h('div', { class: 'row steps' },
				step('«', t('pager.first'), 1, page > 1),
				step('‹', t('pager.previous'), page - 1, page > 1),
				h('span', { class: 'small nowrap' }, t('pager.page',
					{ page: number(page), pages: number(totalPages) })),
				step('›', t('pager.next'), page + 1, page < totalPages),
				step('»', t('pager.last'), totalPages, page < totalPages))));
		if (was)
			element.querySelector(`[data-step="${CSS.escape(was)}"]:not(:disabled)`)?.focus();
	};
	return element;
}
