/* Why a request went to its account, and which failed before: the relay's texts,
 * taken apart and said in the reader's language.  What cannot be taken apart
 * stands as it came. */
import { h } from '../dom.js';
import { duration } from '../format.js';
import { has, t } from '../i18n.js';

/* "no such model" -> the word why.no_such_model */
function said(word) {
	const queued = /^after (\d+) ms in the queue$/.exec(word);

	if (queued)
		return t('why.queued', { time: duration(Number(queued[1])) });
	const key = `why.${word.replace(/\W+/g, '_')}`;

	return has(key) ? t(key) : word;
}

/* At "; " outside of parentheses. */
function clauses(text) {
	const out = [];
	let depth = 0;
	let from = 0;

	for (let i = 0; i < text.length; i++) {
		depth += text[i] === '(' ? 1 : text[i] === ')' ? -1 : 0;
		if (depth <= 0 && text.startsWith('; ', i)) {
			out.push(text.slice(from, i));
			from = i + 2;
		}
	}
	return [...out, text.slice(from)];
}

/* "after 12 ms in the queue: with its own search: a (its turn)" -> what was taken,
 * and how */
function takenOf(text) {
	const [, queued, before, name, how] = new RegExp('^(?:(after \\d+ ms in the queue): )?' +
		'(?:(with its own search|without the images): )?(.*?)(?: \\(([^()]*)\\))?$').exec(text) ?? [];

	return { before: [queued, before].filter(Boolean), name: name ?? text, how };
}

function taken(text) {
	const { before, name, how } = takenOf(text);

	return h('div', {}, before.map((one) => `${said(one)}: `), h('b', {}, name === 'none' && !how ?
		t('why.none') : name), how && ` – ${said(how)}`);
}

/* "full: old (4 in flight), far and 5 more" */
function left(text) {
	const at = text.indexOf(': ');

	return at < 0 ? h('li', {}, text) :
		h('li', {}, h('span', { class: 'soft' }, `${said(text.slice(0, at))}: `),
			text.slice(at + 2));
}

function choice(text) {
	const [first, ...rest] = clauses(text);

	return h('li', { class: 'wrap' }, taken(first),
		rest.length > 0 && h('ul', { class: 'trail' }, rest.map(left)));
}

function section(title, items) {
	return h('section', { class: 'stack tight' }, h('h3', {}, title),
		h('ol', { class: ['trail', items.length === 1 && 'only'] }, items));
}

/** "a (its turn); full: b (4 in flight) | b (highest priority)": a part for each
 * account that was tried.  null when there is nothing to say. */
export function why(text) {
	return text ? section(t('requests.why'), text.split(' | ').map(choice)) : null;
}

/** How the account that has it now was taken, shortly; '' when unknown. */
export function how(text) {
	const word = takenOf(clauses((text ?? '').split(' | ').at(-1))[0]).how;

	return word ? said(word) : '';
}

function attempt(text) {
	const [, name, word, status] = /^(.*): ([a-z ]+)( \(\d+\))?$/.exec(text) ?? [];

	return h('li', { class: 'wrap' }, word ?
		[h('b', {}, name), ` – ${said(word)}`, status] : text);
}

/** "a: rate limited (429); b: failed (500)": accounts tried in vain, in order. */
export function trail(text) {
	return text ? section(t('requests.trail'), clauses(text).map(attempt)) : null;
}
