/* The raw events with the times of their arrival: folded, and drawn only when
 * somebody looks. */
import { h } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { copyButton } from '../ui/copy.js';

const SHOWN = 1000;
const KEPT = 20000;

export function eventLog() {
	const all = [];
	let count = 0;
	let drawn = 0;
	const summary = h('summary', {}, t('playground.events', { n: 0 }));
	const list = h('ol', { class: 'events' });
	const more = h('p', { class: 'small soft', hidden: true });

	function draw() {
		for (; element.open && drawn < Math.min(all.length, SHOWN); drawn++) {
			const { at, name, text } = all[drawn];

			list.append(h('li', {}, h('span', { class: 'soft number' }, `${at} ms`), ' ',
				h('b', {}, name), ' ', h('code', {}, text)));
		}
		more.hidden = count <= SHOWN;
		more.textContent = t('playground.events.more', { n: number(count - SHOWN) });
	}

	const element = h('details', { ontoggle: draw }, summary,
		h('div', { class: 'stack tight' }, h('div', {}, copyButton(() => all.map((one) =>
			`${one.at}\t${one.name}\t${one.text}`).join('\n'), t('playground.events.copy'))),
		h('div', { 'class': 'event-box', 'tabindex': '0', 'role': 'region',
			'aria-label': t('playground.events.label') }, list), more));

	return { element, add(at, { name, text }) {
		count += 1;
		if (all.length < KEPT)
			all.push({ at: Math.round(at), name, text });
		summary.textContent = t('playground.events', { n: number(count) });
		draw();
	} };
}
