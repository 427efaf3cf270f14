/* The pages in the order of the navigation.  Each is pages/NAME.js, loaded when
 * it is opened; its title is the text page.NAME.  group: the heading that it
 * stands under, null: not in the navigation.  open: without a login. */
export const pages = [
	{ name: 'dashboard', group: 'work' },
	{ name: 'requests', group: 'work' },
	{ name: 'playground', group: 'work' },
	{ name: 'accounts', group: 'manage' },
	{ name: 'models', group: 'manage' },
	{ name: 'keys', group: 'manage' },
	{ name: 'settings', group: 'manage' },
	{ name: 'setup', group: 'clients', open: true },
	{ name: 'key', group: 'clients', open: true },
	{ name: 'password', group: null },
	{ name: 'sessions', group: null },
	{ name: 'login', group: null, open: true },
	{ name: 'first', group: null, open: true },
];

export function pageOf(name) {
	return pages.find((page) => page.name === name);
}
