/* The self-test: what the responder sees of its installation, and what the
 * browser sees of the way to it. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { has, language, t } from '../i18n.js';
import { copyButton } from '../ui/copy.js';
import { dot, notice } from '../ui/state.js';
import { table } from '../ui/table.js';
import { fromHere } from './settings_selftest_way.js';

const kinds = { good: 'good', bad: 'bad', unknown: 'warn' };

function titled(row) {
	const key = `selftest.${row.name}`;

	return has(key) ? [t(key), h('div', { class: 'small soft plain' }, t(`${key}.help`))] :
		row.name;
}

/* The relay says what it found in English. */
async function translator() {
	if (language() !== 'zh')
		return (text) => text;
	const { findings } = await import('../lang/settings_zh.js');

	return (text) => {
		const [pattern, words] = findings.find(([one]) => one.test(text)) ?? [];

		return pattern ? text.replace(pattern, words) : text;
	};
}

const columns = (translate) => [
	{ key: 'name', label: t('selftest.check'), class: 'help-cell', render: titled },
	{ key: 'state', label: t('selftest.state'), render: (row) =>
		dot(t(`selftest.state.${row.state}`), kinds[row.state]) },
	{ key: 'message', label: t('selftest.found'), class: 'help-cell',
		render: (row) => [
			translate(row.message), row.why && h('div', { class: 'small soft' },
				t('selftest.why', { why: translate(row.why) }))] },
	{ key: 'fix', label: t('selftest.fix'), class: 'help-cell', render: (row) => row.fix ?
		h('div', { class: 'row' }, h('code', {}, row.fix), copyButton(row.fix)) : '–' },
];

function verdict(checks, server) {
	const bad = checks.filter((one) => one.state === 'bad').length;
	const text = bad ? t('selftest.bad', { n: bad }) : t('selftest.good');

	return notice([h('strong', {}, text), server && h('div', { class: 'small' },
		t('selftest.server', { server }))], bad ? 'bad' : 'good');
}

export async function selftest(part) {
	const translate = await translator();
	const said = h('div', { 'aria-live': 'polite' });
	const again = button(t('selftest.again'), () => list.reload(), { class: 'primary' });
	const list = table({ label: t('settings.section.selftest'), columns: columns(translate),
		load: async () => {
			again.disabled = true;
			try {
				const [data, way] = await Promise.all([api.get('/admin/selftest'),
					fromHere()]);
				const checks = [...way, ...data.checks.filter((one) =>
					!way.some(({ name }) => name === one.name))];

				replace(said, verdict(checks, data.webServer));
				return checks;
			} catch (e) {
				replace(said);
				throw e;
			} finally {
				again.disabled = false;
			}
		} });

	replace(part, h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('h2', {}, t('settings.section.selftest')), again), said, list));
}
