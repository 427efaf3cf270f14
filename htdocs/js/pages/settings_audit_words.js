/* What a change was, in words: by method and path of its request. */
import { t } from '../i18n.js';

const single = [
	[/^POST \/(web\/auth|admin)\/login$/, 'login'],
	[/^POST \/(web\/auth|admin)\/logout$/, 'logout'],
	[/^POST \/web\/auth\/setup$/, 'setup'],
	[/^POST \/web\/auth\/change-password$/, 'password'],
	[/^POST \/admin\/setup-code$/, 'code'],
	[/^POST \/admin\/settings\/reload$/, 'reload'],
];
const objects = [
	[/^\/admin\/[a-z-]*openai[a-z-]*accounts/, 'account'],
	[/^\/admin\/account-groups/, 'group'],
	[/^\/admin\/api-keys/, 'key'],
	[/^\/admin\/admins\/[^/]+\/password$/, 'adminpassword'],
	[/^\/admin\/admins/, 'admin'],
	[/^\/admin\/tokens$/, 'token'],
	[/^\/admin\/tokens\//, 'session'],
	[/^\/admin\/backups/, 'backup'],
	[/^\/admin\/[a-z-]*pric/, 'prices'],
	[/^\/admin\/[a-z-]*hook/, 'webhook'],
];
const verbs = [
	[/\/import$/, 'import'],
	[/\/test$/, 'test'],
	[/\/reset-(status|learned)$/, 'reset'],
	[/\/restore$/, 'restore'],
	[/\/(permanent|clear-all)$/, 'purge'],
	[/\/toggle(-schedulable)?$/, 'toggle'],
];
const methods = { POST: 'create', PUT: 'change', PATCH: 'change', DELETE: 'delete' };

/** "made an API key"; of what is not known, method and path. */
export function deed({ method, path, status }) {
	const alone = single.find(([pattern]) => pattern.test(`${method} ${path}`));
	const object = objects.find(([pattern]) => pattern.test(path));
	const verb = verbs.find(([pattern]) => pattern.test(path));

	if (alone)
		return t(`audit.did.${alone[1]}${status < 400 ? '' : '.refused'}`);
	if (!object || !(verb || method in methods))
		return `${method} ${path}`;
	return t(`audit.did.${verb?.[1] ?? methods[method]}`,
		{ what: t(`audit.what.${object[1]}`) });
}

/** The id in a path, or ''. */
export function subject(path) {
	const found = path.match(/^\/admin\/(?:[a-z-]*accounts|account-groups|api-keys|admins|tokens)\/([^/]+)/);

	return found && !['import', 'batch', 'deleted'].includes(found[1]) ? found[1] : '';
}

/** Method and path, ids cut short. */
export function shortPath({ method, path }) {
	return `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{19}([0-9a-f]{8})/g, '…$1')}`;
}
