/* Who is logged in.  The cookie does it; this only remembers the answer. */
import { api, ApiError, request } from './api.js';
import { forgetAll } from './memory.js';

let user = null;

export function current() {
	return user;
}

/** Asks the relay; null when nobody is logged in. */
export async function load() {
	try {
		const answer = await request('GET', '/web/auth/user');

		user = answer.user;
	} catch (e) {
		if (!(e instanceof ApiError))
			throw e;
		user = null;
		if (e.status !== 401)
			throw e;
	}
	return user;
}

export async function login(username, password) {
	await request('POST', '/web/auth/login', { body: { username, password } });
	return load();
}

/** Makes the first administrator by the operator's code, and logs in. */
export async function setup(code, username, password) {
	await request('POST', '/web/auth/setup', { body: { code, username, password } });
	return load();
}

export async function logout() {
	await api.post('/web/auth/logout');
	user = null;
}

export function forget() {
	user = null;
	forgetAll();
}
