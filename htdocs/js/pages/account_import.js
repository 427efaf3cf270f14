/* Many accounts from a file: the guide's custom-models-config.json, or what the
 * export gave.  What it would do is shown first. */
import { api, request } from '../api.js';
import { button, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { badge, notice, pageHead } from '../ui/state.js';
import { snippet } from '../ui/copy.js';
import { table } from '../ui/table.js';
import { faceName, faces, linkTo, loadAccounts } from './account_api.js';
import { readImport } from './account_import_read.js';
import { runTests, testCell } from './account_test.js';

const FILE_MAX = 1024 * 1024;
const example = { models: [
	{ name: 'Qwen3-VL-235B', endpoint: 'http://192.168.1.100:8000',
		deployment: 'qwen3-vl-235b', type: 'vision', mapping: 'claude-3-opus-20240229' },
	{ name: 'Qwen3-32B', endpoint: 'http://192.168.1.101:8000',
		deployment: 'qwen3-32b', type: 'chat', mapping: 'claude-3-sonnet-20240229' },
] };

function resultCell(entry) {
	if (entry.wrong)
		return [badge(t('import.wrong'), 'bad'), h('div', { class: 'small' }, entry.wrong)];
	if (entry.result)
		return entry.result;
	return [badge(t(entry.there ? 'import.changes' : 'import.new'),
		entry.there ? 'warn' : 'good'),
	entry.there && entry.withheld.length > 0 && h('div', { class: 'small soft' },
		t('import.kept', { names: entry.withheld.join(', ') })),
	!entry.there && entry.withheld.length > 0 && h('div', { class: 'small' },
		t('import.missing', { names: entry.withheld.join(', ') })),
	entry.lostGroups > 0 && h('div', { class: 'small' }, t('import.nogroups'))];
}

const columns = () => [
	{ key: 'name', label: t('accounts.account'), class: 'name-cell', render: (row) => [
		row.made ? h('a', { href: linkTo(row.made) }, row.name) : row.name || '–',
		h('div', { class: 'small soft plain' }, faceName(row.platform))] },
	{ key: 'address', label: t('accounts.server'), class: 'server-cell', render: (row) =>
		[h('code', {}, row.address || '–'),
			row.deployment && h('div', { class: 'small soft wrap' }, row.deployment)] },
	{ key: 'names', label: t('accounts.names'), class: 'names-cell', render: (row) =>
		row.names.length ? row.names.map((name) => h('div', {}, h('code', {}, name))) :
			h('span', { class: 'soft' }, t('accounts.names.every')) },
	{ key: 'result', label: t('import.what'), class: 'result-cell', render: resultCell },
];

/* Sends the entries of one face; the API checks all of them before it writes one. */
async function send(platform, entries) {
	const kind = entries[0].kind;
	const { data } = await request('POST', `${faces[platform].path}/import`,
		{ body: { [kind]: entries.map(({ body }) => body) } });

	entries.forEach((entry, i) => {
		entry.made = { platform, ...data.accounts[i] };
		entry.result = badge(t(`import.${data.accounts[i].action}`), 'good');
	});
	return data.warnings ?? [];
}

/* "models[2]: what is wrong": the entry that the API means. */
function blame(entries, e) {
	const [, index, said] = /^\w+\[(\d+)\]: (.*)$/s.exec(e.message) ?? [];

	if (!entries[index])
		return false;
	entries[index].wrong = said;
	return true;
}

export async function renderImport(body) {
	const [accounts, groups] = await Promise.all([loadAccounts(),
		api.get('/admin/account-groups')]);
	const existing = { accounts, groups: groups ?? [] };
	const stop = new AbortController();
	const place = h('div', { class: 'stack' });
	const text = h('textarea', { 'class': 'code', 'rows': 10, 'name': 'text',
		'spellcheck': 'false', 'id': 'import-text', 'oninput': preview,
		'placeholder': JSON.stringify(example, null, 2) });
	const file = h('input', { type: 'file', id: 'import-file', name: 'file',
		class: 'hidden-text', accept: '.json,application/json', onchange: readFile });
	const fileName = h('span', { class: 'soft wrap' }, t('import.file.none'));
	const type = h('select', { id: 'import-type', name: 'type', onchange: preview },
		Object.keys(faces).map((one) => h('option', { value: one }, faceName(one))));

	async function readFile() {
		const [chosen] = file.files;

		if (!chosen)
			return;
		fileName.textContent = chosen.name;
		if (chosen.size > FILE_MAX) {
			replace(place, notice(t('import.large'), 'bad'));
			return;
		}
		text.value = await chosen.text();
		preview();
	}

	function preview() {
		if (!text.value.trim()) {
			replace(place);
			return;
		}
		const { entries, wrong } = readImport(text.value, type.value, existing);

		replace(place, wrong ? notice(wrong, 'bad') : work(entries));
	}

	/* What would be done; then, by the button, what was done. */
	function work(entries) {
		const list = table({ label: t('import.what'), columns: columns() });
		const said = h('div', { class: 'stack tight', data: { said: '' } });
		const good = entries.every(({ wrong }) => !wrong);
		const start = button(t('import.submit', { n: entries.length }), run,
			{ class: 'primary', disabled: !good });

		async function run() {
			const warnings = [];

			start.disabled = true;
			replace(said);
			for (const platform of Object.keys(faces)) {
				const mine = entries.filter((one) => one.platform === platform &&
					!one.made);

				try {
					if (mine.length)
						warnings.push(...await send(platform, mine));
				} catch (e) {
					replace(said, notice(blame(mine, e) ? t('import.refused') :
						e.message, 'bad'));
					list.set(entries);
					return;
				}
			}
			list.set(entries);
			start.remove();
			replace(said, notice(t('import.done', {
				created: entries.filter(({ made }) => made.action === 'created').length,
				updated: entries.filter(({ made }) => made.action === 'updated').length,
			}), 'good'), warnings.length > 0 && notice(warnings.map((one) =>
				h('p', {}, one)), 'warn'));
			await testThem();
		}

		async function testThem() {
			const byId = new Map(entries.map((one) => [one.made.id, one]));

			existing.accounts = await loadAccounts();
			await runTests(existing.accounts.filter(({ id }) => byId.has(id)), (account, test, error) => {
				const entry = byId.get(account.id);

				entry.result = [badge(t(`import.${entry.made.action}`), 'good'), ' ',
					test || error ? testCell(test, error) : t('accounts.test.now')];
				list.set(entries);
			}, stop.signal);
		}

		list.set(entries);
		return [h('h2', {}, t('import.preview')), list, said,
			h('div', { class: 'actions-row' }, start)];
	}

	const labelled = (input, label, help) => h('div', { class: 'field' },
		h('label', { for: input.id }, t(label)), input,
		help && h('div', { class: 'help' }, t(help)));

	replace(body, pageHead(t('import.title'), t('import.intro'),
		h('a', { class: 'button', href: link('accounts') }, t('accounts.back'))),
	h('div', { class: 'card' }, h('div', { class: 'form' },
		h('div', { class: 'two' }, h('div', { class: 'field' },
			h('span', { class: 'label' }, t('import.file')),
			h('div', { class: 'row' }, file, h('label', { class: 'button', for: file.id },
				t('import.file.choose')), fileName)),
		labelled(type, 'import.type', 'import.type.help')),
		labelled(text, 'import.text'),
		h('details', {}, h('summary', {}, t('import.example')),
			snippet(JSON.stringify(example, null, 2))))),
	place);
	return () => stop.abort();
}
