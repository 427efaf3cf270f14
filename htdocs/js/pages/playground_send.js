/* Sends one request and tells the view what comes back, piece by piece. */
import { address } from '../api.js';
import { t } from '../i18n.js';
import { events } from './playground_events.js';

export const VERSION = '2023-06-01';

function headers(key) {
	return { 'x-api-key': key, 'anthropic-version': VERSION,
		'content-type': 'application/json' };
}

async function refused(response) {
	const text = await response.text();
	let error = null;

	try {
		({ error } = JSON.parse(text));
	} catch { /* not from the relay: the web server's own page */ }
	return { raw: text, status: response.status, type: error?.type ?? '',
		message: error?.message ?? t('error.status', { status: response.status }),
		retryAfter: response.headers.get('retry-after') };
}

/* A plain answer has no events: it is shown as if it had come at once. */
async function whole(response, view) {
	const message = await response.json();

	view.whole(message);
}

async function streamed(response, view) {
	let ended = false;

	for await (const event of events(response.body)) {
		view.event(event);
		ended ||= event.name === 'message_stop' || event.name === 'error';
	}
	if (!ended)
		view.fail({ status: response.status, type: '', message: t('playground.cut') });
}

function words(e) {
	return e instanceof TypeError ? t('playground.lost') :
		e instanceof SyntaxError ? t('error.notjson') : e.message;
}

/**
 * view: begin(), head(response), event({name, text}), whole(message),
 * fail({status, type, message}), stopped(), end(), each with its time taken
 * when it is called.
 */
export async function send({ key, body, signal, view }) {
	view.begin();
	try {
		const response = await fetch(address('/v1/messages'), { method: 'POST', signal,
			headers: headers(key), credentials: 'omit', cache: 'no-store',
			body: JSON.stringify(body) });

		view.head(response);
		if (!response.ok)
			view.fail(await refused(response));
		else if (response.headers.get('content-type')?.startsWith('text/event-stream'))
			await streamed(response, view);
		else
			await whole(response, view);
	} catch (e) {
		if (signal.aborted)
			view.stopped();
		else
			view.fail({ status: 0, type: '', message: words(e) });
	}
	view.end();
}
