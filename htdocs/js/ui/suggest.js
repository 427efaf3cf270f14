/* Values that a list may have, as buttons below its field: each puts its value
 * in, or takes it out. */
import { button, h } from '../dom.js';
import { t } from '../i18n.js';

const SHOWN = 24;

function lines(area) {
	return area.value.split('\n').map((one) => one.trim()).filter(Boolean);
}

/** area: the textarea of a list field; values: texts. */
export function suggest(area, values) {
	const buttons = values.slice(0, SHOWN).map((value) => button(value, () => {
		const now = lines(area);
		const without = now.filter((one) => one !== value);

		area.value = (without.length < now.length ? without : [...now, value]).join('\n');
		mark();
	}, { class: 'small chip', data: { value } }));

	function mark() {
		const now = lines(area);

		buttons.forEach((one) => one.setAttribute('aria-pressed',
			String(now.includes(one.dataset.value))));
	}

	area.addEventListener('input', mark);
	mark();
	return buttons.length && h('div', { 'class': 'row chips', 'role': 'group',
		'aria-label': t('suggest.label') }, buttons);
}
