/* What the configuration file says, or would: value, default, what it is for.
 * The file is the operator's; here it is read again. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { language, t } from '../i18n.js';
import { setQuery } from '../router.js';
import { badge, empty, notice } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain } from '../ui/toast.js';
import { meaning } from './settings_units.js';

/* The relay explains its settings in English. */
async function loadHelp() {
	if (language() !== 'zh')
		return {};
	return (await import('../lang/settings_zh.js')).default;
}

function text(value) {
	return typeof value === 'boolean' ? value ? 'yes' : 'no' : String(value);
}

function shown(row, value) {
	const unit = meaning(row.name, value);

	return value === '' ? h('span', { class: 'soft' }, t('settings.unset')) :
		[h('code', {}, text(value)), unit && [' ', h('span', { class: 'small soft' },
			`(${unit})`)]];
}

function range(row) {
	if (row.choices)
		return t('settings.choices', { words: row.choices.split('|').join(', ') });
	return row.type === 'number' && t('settings.range', { min: row.min, max: row.max });
}

function columns(help) {
	return [
		{ key: 'name', label: t('settings.name'), sort: true, class: 'nowrap plain', render: (row) =>
			h('code', {}, row.name) },
		{ key: 'value', label: t('settings.value'), class: 'value-cell', render: (row) => [
			shown(row, row.value), row.value !== row.default && [' ',
				badge(t('settings.changed'), 'warn'), h('div', { class: 'small soft' },
					t('settings.default'), ' ', shown(row, row.default))]] },
		{ key: 'help', label: t('settings.help'), class: 'help-cell', render: (row) => [
			help[row.name] ?? row.help,
			range(row) && h('div', { class: 'small soft' }, range(row))] },
		{ key: 'needsRestart', label: t('settings.counts'), sort: true, render: (row) =>
			row.needsRestart ? badge(t('settings.restart')) :
				badge(t('settings.reloadable'), 'good') },
	];
}

function names(list) {
	return list.map((name, i) => [i ? ', ' : '', h('code', {}, name)]);
}

function report({ changed, needsRestart }) {
	if (!changed.length && !needsRestart.length)
		return notice(t('settings.reload.same'), 'good');
	return [changed.length > 0 && notice([t('settings.reload.changed'), ' ',
		names(changed)], 'good'),
	needsRestart.length > 0 && notice([t('settings.reload.restart'), ' ',
		names(needsRestart)], 'warn')];
}

function mistakes(e) {
	return notice([h('p', {}, t('settings.reload.wrong')),
		h('ul', {}, e.body.errors.map((line) => h('li', {}, h('code', {}, line))))], 'bad');
}

/* Reading the file again, and what came of it. */
function reloader(list) {
	const said = h('div', { 'class': 'stack tight', 'aria-live': 'polite' });
	const go = button(t('settings.reload'), async () => {
		go.disabled = true;
		try {
			replace(said, report(await api.post('/admin/settings/reload')));
			list.reload();
		} catch (e) {
			if (e.body?.errors)
				replace(said, mistakes(e));
			else
				complain(e);
		} finally {
			go.disabled = false;
		}
	}, { class: 'primary' });

	return { go, said };
}

function fileNote(file) {
	return file ? [t('settings.file'), ' ', h('code', {}, file)] : t('settings.nofile');
}

export async function values(part, query) {
	const help = await loadHelp();
	const where = h('p', { class: 'wrap' });
	const search = h('input', { 'type': 'search', 'value': query.search ?? '',
		'aria-label': t('settings.search'), 'placeholder': t('settings.search'),
		'oninput': () => filter() });
	const only = h('input', { type: 'checkbox', checked: query.only === 'changed',
		onchange: () => filter() });
	let rows = [];

	function wanted(row) {
		const word = search.value.trim().toLowerCase();

		return (!only.checked || row.value !== row.default) &&
			[row.name, row.help, help[row.name] ?? '', text(row.value)]
				.some((one) => one.toLowerCase().includes(word));
	}

	function filter() {
		setQuery({ search: search.value.trim(), only: only.checked ? 'changed' : null });
		list.set(rows.filter(wanted));
	}

	const list = table({ label: t('settings.section.values'), columns: columns(help),
		empty: empty(t('settings.none')), load: async () => {
			const data = await api.get('/admin/settings');

			replace(where, fileNote(data.file));
			rows = data.settings;
			go.disabled = !data.file;
			return rows.filter(wanted);
		} });
	const { go, said } = reloader(list);

	replace(part, h('section', { class: 'card' },
		h('div', { class: 'card-head' }, where, go), said,
		h('div', { class: 'filter-row' }, search,
			h('label', { class: 'inline-field' }, only, t('settings.only'))), list));
}
