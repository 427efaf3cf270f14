/* The JSON API: llmrelay-admin(7).  The session is a cookie that scripts cannot
 * read; nothing here keeps a credential. */
import { t } from './i18n.js';

/* The pages lie in a folder beside the API's addresses, wherever that is. */
const base = new URL('../', new URL(document.baseURI).href.split('#')[0]);

/** What went wrong: message is for people; status 0: there was no answer. */
export class ApiError extends Error {
	constructor(status, message, more = {}) {
		super(message);
		this.name = 'ApiError';
		this.status = status;
		this.error = more.error ?? '';
		this.retryAfter = more.retryAfter ?? 0;
		this.body = more.body ?? null;
	}
}

let onLoggedOut = () => {};

/** Calls back when a request finds the session ended. */
export function whenLoggedOut(callback) {
	onLoggedOut = callback;
}

/** The whole address of a path of the relay, such as /v1/messages. */
export function address(path, query) {
	const url = new URL(path.replace(/^\//, ''), base);

	for (const [name, value] of Object.entries(query ?? {})) {
		if (value !== undefined && value !== null && value !== '')
			url.searchParams.set(name, value);
	}
	return url;
}

/** The base URL that clients are given: without a slash at its end. */
export function relayUrl() {
	return base.href.replace(/\/$/, '');
}

async function readBody(response) {
	const text = await response.text();

	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

function failure(response, body) {
	const status = response.status;
	const inner = body?.error;
	const said = typeof body?.message === 'string' ? body.message :
		typeof inner?.message === 'string' ? inner.message : '';

	return new ApiError(status, said || t('error.status', { status }), {
		error: typeof inner === 'string' ? inner : inner?.type,
		retryAfter: Number(response.headers.get('retry-after')) || 0,
		body,
	});
}

/**
 * One request; resolves to the whole answer, or throws ApiError.
 *
 * options: query, body (an object, sent as JSON), headers, signal, and key: an
 * API key, with which it is a client that asks, not the administrator.
 */
export async function request(method, path, options = {}) {
	const { query, body, headers = {}, signal, key } = options;
	const init = { method, signal, headers: { Accept: 'application/json', ...headers },
		credentials: key ? 'omit' : 'same-origin', cache: 'no-store' };
	let response;

	if (key)
		init.headers['x-api-key'] = key;
	if (method !== 'GET') {
		init.headers['Content-Type'] = 'application/json';
		init.body = JSON.stringify(body ?? {});
	}
	try {
		response = await fetch(address(path, query), init);
	} catch (e) {
		if (e.name === 'AbortError')
			throw e;
		throw new ApiError(0, t('error.network'));
	}
	const answer = await readBody(response);

	if (!response.ok || answer?.success === false) {
		const e = failure(response, answer);

		if (e.status === 401 && !key && !path.endsWith('/login'))
			onLoggedOut();
		throw e;
	}
	if (answer === null)
		throw new ApiError(response.status, t('error.notjson'));
	return answer;
}

/** The same, resolving to data. */
async function data(method, path, options) {
	const answer = await request(method, path, options);

	return answer.data;
}

/** api.get('/admin/api-keys', {page: 2}); api.post(path, body); ... -> data */
export const api = {
	get: (path, query, options) => data('GET', path, { query, ...options }),
	post: (path, body, options) => data('POST', path, { body, ...options }),
	put: (path, body, options) => data('PUT', path, { body, ...options }),
	patch: (path, body, options) => data('PATCH', path, { body, ...options }),
	delete: (path, body, options) => data('DELETE', path, { body, ...options }),
};
