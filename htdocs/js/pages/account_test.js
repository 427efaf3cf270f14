/* The test of an account: running it, showing what was found. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { duration, number } from '../format.js';
import { has, t } from '../i18n.js';
import { dialog } from '../ui/dialog.js';
import { badge, facts, failed, loading, notice } from '../ui/state.js';
import { snippet } from '../ui/copy.js';
import { addressOf, pathOf } from './account_api.js';

/* What was found since the pages were opened: id -> {test, message, at}. */
const results = new Map();

/** Keeps what a creation or a change answered; message is shown once. */
export function keepResult({ id }, test, message = null) {
	results.set(id, test ? { test, message, at: Date.now() } :
		{ ...results.get(id), message });
}

export function resultOf({ id }) {
	return results.get(id) ?? null;
}

/** The message that is to be shown, once. */
export function takeMessage({ id }) {
	const kept = results.get(id);
	const message = kept?.message ?? null;

	if (kept)
		kept.message = null;
	return message;
}

/** Tests in full; what it throws is of the relay, not of the server. */
export async function runTest(account, signal) {
	const test = await api.post(pathOf(account, 'test'), {}, { signal });

	keepResult(account, test);
	return test;
}

const AT_A_TIME = 4;

/** Tests many, a few at a time; told(account, test or null, error) for each. */
export async function runTests(accounts, told, signal) {
	const waiting = [...accounts];

	async function work() {
		while (waiting.length && !signal.aborted) {
			const account = waiting.shift();

			told(account, null, null);
			try {
				told(account, await runTest(account, signal), null);
			} catch (e) {
				if (e.name === 'AbortError')
					return;
				told(account, null, e);
			}
		}
	}

	await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

/** What came of a test, in a cell: word, time, and why not. */
export function testCell(test, error = null) {
	if (error)
		return [badge(t('accounts.test.word.bad'), 'bad'),
			h('div', { class: 'small' }, error.message)];
	const grade = gradeOf(test);

	return h('div', { data: { grade } }, badge(t(`accounts.test.word.${grade}`), grade),
		test.reached && h('span', { class: 'small soft' }, ' ',
			duration(test.firstTokenMs ?? test.latencyMs)),
		grade !== 'good' && h('div', { class: 'small' }, remarksOf(test).join(' ')),
		grade === 'bad' && h('div', { class: 'small soft' }, test.message));
}

/** good, warn (works, but not all of it) or bad. */
export function gradeOf(test) {
	if (!test.ok)
		return 'bad';
	return test.tools === false || !test.usage ? 'warn' : 'good';
}

function mark(value, more = null) {
	const word = value === null || value === undefined ? 'untried' : value ? 'yes' : 'no';

	return [badge(t(`accounts.test.${word}`), { yes: 'good', no: 'bad' }[word] ?? ''),
		more && h('span', { class: 'soft' }, ' ', more)];
}

/* use(name): makes one of them the account's. */
function modelList(models, use) {
	return h('details', { open: !!use }, h('summary', {}, t('accounts.test.models',
		{ n: number(models.length) })),
	h('ul', { class: 'plain-list' }, models.map((name) => h('li', { class: 'row' },
		h('code', {}, name), use && button(t('accounts.test.use'), () => use(name),
			{ 'class': 'small', 'aria-label': t('accounts.act.of',
				{ act: t('accounts.test.use'), name }) })))));
}

/* The reader's words for what the message says in the relay's. */
function remarksOf(test) {
	if (!test.ok)
		return [t(test.cause && has(`accounts.cause.${test.cause}`) ?
			`accounts.cause.${test.cause}` : 'accounts.cause.unknown')];
	return [test.tools === false && t('accounts.test.notools'),
		!test.usage && t('accounts.test.nousage'),
		test.models.length > 0 && !test.modelFound && t('accounts.test.unlisted')]
		.filter(Boolean);
}

/** What a test found; account: whose; use(name): takes a model that is listed. */
export function testView(test, account, use = null) {
	const grade = gradeOf(test);
	const first = test.firstTokenMs !== null && t('accounts.test.first',
		{ time: duration(test.firstTokenMs) });

	return h('div', { class: 'stack tight', data: { grade } },
		notice([h('p', {}, h('strong', {}, t(`accounts.test.${grade}`)), ' ',
			remarksOf(test).join(' ')),
		h('p', { class: 'small' }, test.message)], grade),
		facts([
			[t('accounts.test.reached'), mark(test.reached, test.reached &&
				duration(test.latencyMs))],
			test.reached && [t('accounts.test.found'), mark(test.models.length ?
				test.modelFound : null, test.model)],
			[t('accounts.test.streaming'), mark(test.reached ? test.streaming : null, first)],
			[t('accounts.test.tools'), mark(test.tools)],
			[t('accounts.test.usage'), mark(test.ok ? test.usage : null)],
			test.flavour && [t('accounts.test.flavour'), test.flavour],
			test.contextWindow > 0 && [t('accounts.test.window'),
				t('accounts.tokens', { n: number(test.contextWindow) })],
			test.responseText && [t('accounts.test.said'),
				h('q', { class: 'wrap' }, test.responseText)],
		]),
		test.models.length > 0 && modelList(test.models, !test.modelFound && use),
		!test.reached && [h('p', { class: 'small soft' }, t('accounts.test.byhand')),
			snippet(`curl -sS ${rootOf(addressOf(account))}/v1/models`)]);
}

/* The address up to its path, as a person would try it. */
function rootOf(address) {
	try {
		return new URL(address).origin;
	} catch {
		return address;
	}
}

/** Runs a test in a dialog; done() when it is closed. */
export function testDialog(account, done) {
	const stop = new AbortController();
	const place = h('div', { class: 'stack' });
	const box = dialog({ title: t('accounts.test.of', { name: account.name }), body: place,
		onClose: () => {
			stop.abort();
			done?.();
		} });

	async function run() {
		replace(place, loading(t('accounts.test.running')));
		try {
			const test = await runTest(account, stop.signal);

			replace(place, testView(test, account), h('div', { class: 'actions-row' },
				button(t('accounts.test.again'), run),
				button(t('dialog.close'), box.close, { class: 'primary' })));
		} catch (e) {
			if (e.name !== 'AbortError')
				replace(place, failed(e, run));
		}
	}

	run();
}
