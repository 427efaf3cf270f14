/* Names of keys and accounts by their ids, for choices. */
import { api } from './api.js';

const PAGE = 100;
const PAGES_MAX = 10;
const FACES = ['azure-openai-accounts', 'openai-accounts', 'openai-responses-accounts'];

/** Map id -> name, the newest 1000 keys. */
export async function keys() {
	const of = new Map();

	for (let page = 1, pages = 1; page <= Math.min(pages, PAGES_MAX); page++) {
		const { items, pagination } = await api.get('/admin/api-keys', { page, pageSize: PAGE });

		items.forEach((one) => of.set(one.id, one.name));
		pages = pagination.totalPages;
	}
	return of;
}

/** Map id -> name */
export async function accounts() {
	const lists = await Promise.all(FACES.map((face) => api.get(`/admin/${face}`)));

	return new Map(lists.flat().map((one) => [one.id, one.name]));
}
