/* Checks of the way between clients and the relay, which only somebody outside
 * can make: here that is the browser, with a ticket as `llmrelayctl check` has
 * it. */
import { address, api } from '../api.js';
import { number } from '../format.js';
import { t } from '../i18n.js';

const MB = 1024 * 1024;
const BODY_MB = 8;
const SLOW_MS = 4000; /* the relay waits 5 s for the news of an event */

/* As a client: no cookie, but the ticket in both headers that it may use. */
function ask(ticket, method, path, { body, query } = {}) {
	return fetch(address(`/v1/check/${path}`, query), {
		method, body, credentials: 'omit', cache: 'no-store',
		headers: { 'x-api-key': ticket, 'Authorization': `Bearer ${ticket}` } });
}

async function echo(ticket, method, path, body) {
	const answer = await ask(ticket, method, `echo/${path}`, { body });

	if (!answer.ok)
		throw new Error(t('selftest.way.refused', { status: answer.status }));
	return answer.json();
}

async function authorization(ticket) {
	const seen = await echo(ticket, 'GET', 'hello');

	return [seen.authorization, t(seen.authorization ? 'selftest.authorization.arrives' :
		'selftest.authorization.kept')];
}

async function body(ticket) {
	const seen = await echo(ticket, 'POST', 'body', new Blob([new Uint8Array(BODY_MB * MB)]));

	return [seen.bytes === BODY_MB * MB, t('selftest.body.bytes',
		{ sent: `${BODY_MB} MB`, bytes: number(seen.bytes) })];
}

async function slash(ticket) {
	const seen = await echo(ticket, 'GET', 'Qwen%2FQwen3');
	const good = seen.path === 'Qwen/Qwen3';

	return [good, t(good ? 'selftest.slash.arrives' : 'selftest.slash.other',
		{ path: seen.path })];
}

/* Each event is sent when the one before was seen: kept on the way they come
 * after the relay's patience only, all at once. */
async function stream(ticket) {
	const answer = await ask(ticket, 'GET', 'stream');
	const reader = answer.body.getReader();
	const text = new TextDecoder();
	const began = performance.now();
	let all = '', seen = 0;

	if (!answer.ok)
		throw new Error(t('selftest.way.refused', { status: answer.status }));
	for (let part = await reader.read(); !part.done; part = await reader.read()) {
		all += text.decode(part.value, { stream: true });
		const events = all.split('\n\n').length - 1;

		if (events > seen) {
			seen = events;
			await ask(ticket, 'POST', 'seen', { query: { events: seen } });
		}
	}
	const ms = Math.round(performance.now() - began);
	const good = seen > 1 && ms < SLOW_MS;

	return [good, t(good ? 'selftest.stream.each' : 'selftest.stream.kept',
		{ n: seen, ms: number(ms) })];
}

const checks = { authorization, body, slash, stream };

/** As those of GET /admin/selftest, whose first is made anew here. */
export async function fromHere() {
	const { ticket, fixes } = await api.post('/admin/selftest');

	return Promise.all(Object.entries(checks).map(async ([name, check]) => {
		let good = false, message;

		try {
			[good, message] = await check(ticket);
		} catch (e) {
			message = e.message;
		}
		return { name, state: good ? 'good' : 'bad', message,
			fix: good ? null : fixes[name] };
	}));
}
