/* Addresses of pages are #/name?query: they can be kept, sent and gone back to.
 * pages.js says which there are. */

/** Where we are: {name, parts, query} of #/name/part?query. */
export function here() {
	const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
	const [name, ...parts] = path.split('/').map((part) => {
		try {
			return decodeURIComponent(part);
		} catch {
			return part;
		}
	});

	return { name, parts, query: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

/** The address of a page: link('requests', {model: 'x'}, ...parts). */
export function link(name, query = {}, ...parts) {
	const set = Object.entries(query).filter(([, v]) =>
		v !== undefined && v !== null && v !== '');
	const text = new URLSearchParams(set).toString();
	const path = [name, ...parts].map(encodeURIComponent).join('/');

	return `#/${path}${text ? `?${text}` : ''}`;
}

/** Goes to a page. */
export function go(name, query, ...parts) {
	const to = link(name, query, ...parts);

	if (location.hash === to)
		dispatchEvent(new HashChangeEvent('hashchange'));
	else
		location.hash = to;
}

/** Keeps filters in the address without drawing the page anew. */
export function setQuery(query) {
	const { name, parts } = here();

	history.replaceState(null, '', link(name, query, ...parts));
}
