/* How one request looks in lists: cells that the lists share. */
import { button, h } from '../dom.js';
import { cost, duration, number, time } from '../format.js';
import { has, t } from '../i18n.js';
import { badge } from '../ui/state.js';

const kinds = { complete: 'good', error: 'bad', aborted: 'warn', interrupted: 'warn' };

export function outcomeBadge(row) {
	return badge(t(`outcome.${row.outcome}`), kinds[row.outcome]);
}

/** The type of an error in words; as it is when there are none. */
export function errorWords(type) {
	const key = `errors.${type}`;

	return has(key) ? t(key) : type;
}

/** Who: the name, else the id of what was deleted, else nobody. */
export function nameOf(name, id) {
	return name || (id ? h('span', { class: 'soft' }, t('requests.deleted',
		{ id: id.slice(-6) })) : h('span', { class: 'soft' }, '–'));
}

/** The name asked for; below it the one that was sent, when it is another. */
export function models(row) {
	return [h('div', {}, row.model || '–'), row.sentModel && row.sentModel !== row.model &&
		h('div', { class: 'small soft' }, `→ ${row.sentModel}`)];
}

export function status(row) {
	const more = [row.outcome === 'complete' ? row.stopReason :
		`${row.status || ''} ${row.error}`.trim(), row.stream && t('requests.stream.short')];

	return [outcomeBadge(row), h('div', { class: 'small soft' },
		more.filter(Boolean).join(' · ')), row.message &&
		h('div', { class: 'small reason' }, row.message)];
}

/* Of this year without it. */
function shortDay(day) {
	return day.startsWith(`${new Date().getFullYear()}-`) ? day.slice(5) : day;
}

function costOf(row) {
	if (row.priced)
		return cost(row.cost);
	return h('span', { class: 'soft' }, row.totalTokens ? t('dashboard.unpriced') : '–');
}

/* A button, so that the keyboard opens a row, too. */
function opener(row, open) {
	const at = time(row.timestamp, true);
	const [day, hour] = at.textContent.split(' ');

	at.textContent = hour ?? day;
	return [button(at, () => open(row.requestId), { 'class': 'link',
		'aria-label': t('requests.open', { when: `${day} ${hour}` }) }),
	h('div', { class: 'small soft plain nowrap' }, hour && shortDay(day))];
}

/** Columns of ended requests; open(id) shows one. */
export function columns(open) {
	return [
		{ key: 'timestamp', label: t('requests.time'), class: 'nowrap',
			render: (r) => opener(r, open) },
		{ key: 'apiKeyName', label: t('requests.key'), class: 'name',
			render: (r) => nameOf(r.apiKeyName, r.keyId) },
		{ key: 'model', label: t('requests.model'), class: 'name', render: models },
		{ key: 'accountName', label: t('requests.account'), class: 'name',
			render: (r) => nameOf(r.accountName, r.accountId) },
		{ key: 'outcome', label: t('requests.status'), render: status },
		{ key: 'inputTokens', label: t('requests.input'), class: 'number',
			render: (r) => number(r.inputTokens) },
		{ key: 'cacheReadTokens', label: t('requests.cached'), class: 'number',
			render: (r) => number(r.cacheReadTokens) },
		{ key: 'outputTokens', label: t('requests.output'), class: 'number',
			render: (r) => number(r.outputTokens) },
		{ key: 'cost', label: t('requests.cost'), class: 'number',
			render: costOf },
		{ key: 'firstByteMs', label: t('requests.first'), class: 'number',
			render: (r) => duration(r.firstByteMs) },
		{ key: 'durationMs', label: t('requests.duration'), class: 'number',
			render: (r) => duration(r.durationMs) },
	];
}

/** Pointers may press anywhere on a row. */
export function rowsOpen(table) {
	table.classList.add('opens', 'dense');
	table.addEventListener('click', (event) => {
		if (event.target.closest('button, a') || getSelection().toString())
			return;
		event.target.closest('tbody tr')?.querySelector('button.link')?.click();
	});
	return table;
}
