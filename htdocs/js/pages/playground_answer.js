/* The answer to one request: its blocks as they grow, figures, what went wrong,
 * and the events that it came as. */
import { button, h, replace } from '../dom.js';
import { duration, number, speed } from '../format.js';
import { has, t } from '../i18n.js';
import { link } from '../router.js';
import { copyButton } from '../ui/copy.js';
import { badge, facts, notice } from '../ui/state.js';
import { blockList } from './playground_blocks.js';
import { eventLog } from './playground_log.js';

const TICK_MS = 500;
const kinds = { done: 'good', failed: 'bad', stopped: 'warn' };

/* What the client sends next: the answer, and a place for the next message or
 * for what the tools said. */
function nextTurns(content) {
	const calls = content.filter((one) => one.type === 'tool_use');

	return [{ role: 'assistant', content }, { role: 'user', content: calls.length ?
		calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '…' })) : '' }];
}

function usageFacts(usage) {
	return [
		[t('requests.input'), number(usage.input_tokens)],
		[t('requests.cached'), number(usage.cache_read_input_tokens ?? 0)],
		[t('requests.output'), number(usage.output_tokens)],
	];
}

/* The relay's own words first, then what may be done. */
function wrong({ status, type, message, retryAfter }) {
	return notice([
		h('p', {}, h('b', {}, [status || null, type].filter(Boolean).join(' ') ||
			t('playground.state.failed'))),
		h('p', {}, message),
		has(`errors.${type}`) && h('p', {}, t(`errors.${type}`)),
		retryAfter && h('p', {}, t('playground.retry', { s: retryAfter })),
	], 'bad');
}

/* Facts of the answer, learned from its events one by one. */
function reader(run, blocks, fail) {
	return {
		message_start({ message }) {
			run.model = message.model;
			run.usage = message.usage;
		},
		content_block_start: (e) => blocks.start(e.index, e.content_block),
		content_block_delta(e, at) {
			run.first ??= at;
			blocks.delta(e.index, e.delta);
		},
		content_block_stop: (e) => blocks.stop(e.index),
		message_delta(e) {
			run.stop = e.delta.stop_reason;
			run.sequence = e.delta.stop_sequence;
			run.usage = { ...run.usage, ...e.usage };
		},
		error: (e) => fail({ status: '', type: e.error?.type ?? '',
			message: e.error?.message ?? '' }),
	};
}

/** The view that playground_send.js speaks to; go(turns) takes what comes next. */
export function answerView({ stop, go }) {
	const run = { state: 'waiting', first: null };
	const blocks = blockList();
	const log = eventLog();
	const state = h('div', { 'class': 'row', 'data': { part: 'state' }, 'aria-live': 'polite' });
	const passed = h('span', { class: 'small soft number' });
	const figures = h('div', {});
	const faults = h('div', { class: 'stack tight' });
	const after = h('div', { class: 'row' });
	const halt = button(t('playground.stop'), stop, { class: 'danger' });
	const element = h('section', { 'class': 'card', 'tabindex': '-1', 'aria-busy': 'true' },
		h('div', { class: 'card-head' }, h('h2', {}, t('playground.answer')),
			h('div', { class: 'row' }, passed, state, halt)),
		faults, blocks.element, after, figures, log.element);
	let began = 0;
	let clock = null;

	const now = () => performance.now() - began;
	const take = reader(run, blocks, fail);

	function set(next) {
		if (run.state === next)
			return;
		run.state = next;
		replace(state, badge(t(`playground.state.${next}`), kinds[next]));
	}

	function draw(end) {
		const rate = end && run.streams && run.first !== null && run.usage &&
			speed(run.usage.output_tokens, end - run.first);

		replace(figures, facts([
			[t('playground.http'), run.status ?? '–'],
			run.id && [t('playground.id'), h('div', { class: 'row' }, h('code', {}, run.id),
				copyButton(run.id), end && h('a', { href: link('requests', { id: run.id }) },
					t('playground.ledger')))],
			run.model && [t('playground.model.answered'), run.model],
			run.stop && [t('requests.stop'), [h('code', {}, run.stop),
				run.sequence && ` ${run.sequence}`]],
			run.headed !== undefined && [t('playground.headed'), duration(run.headed)],
			run.first !== null && [t('requests.first'), duration(run.first)],
			end && [t('requests.duration'), duration(end)],
			...run.usage ? usageFacts(run.usage) : [],
			rate && [t('requests.speed'), rate],
		]));
	}

	function fail(error) {
		set('failed');
		if (error.raw)
			log.add(now(), { name: t('playground.body'), text: error.raw });
		faults.append(wrong(error));
	}

	return {
		element,
		focus: () => element.focus(),
		begin() {
			began = performance.now();
			replace(state, badge(t('playground.state.waiting')));
			clock = setInterval(() => {
				passed.textContent = duration(now());
			}, TICK_MS);
		},
		head(response) {
			run.headed = now();
			run.status = response.status;
			run.id = response.headers.get('request-id');
			draw();
		},
		event(event) {
			const at = now();

			run.streams = true;
			log.add(at, event);
			if (run.state === 'waiting' && event.name === 'content_block_start')
				set('streaming'); /* pings and the head come before any answer */
			if (!Object.hasOwn(take, event.name))
				return;
			const first = run.first;

			take[event.name](JSON.parse(event.text), at);
			if (event.name !== 'content_block_delta' || first === null)
				draw();
		},
		whole(message) {
			const { content, model, usage, stop_reason, stop_sequence } = message;

			log.add(now(), { name: 'message', text: JSON.stringify(message) });
			Object.assign(run, { model, usage, stop: stop_reason, sequence: stop_sequence });
			content.forEach((block, i) => blocks.start(i, block));
		},
		fail,
		stopped: () => set('stopped'),
		end() {
			const had = element.contains(document.activeElement);

			if (run.state === 'waiting' || run.state === 'streaming')
				set('done');
			clearInterval(clock);
			passed.hidden = halt.hidden = true;
			element.setAttribute('aria-busy', 'false');
			if (had)
				element.focus();
			if (run.state === 'done' && blocks.content().length)
				replace(after, button(t('playground.go'), () => go(nextTurns(blocks.content()))));
			draw(now());
		},
	};
}
