/* The words, in English.  Each key is in zh.js, too: a test compares.  A page
 * puts its words under its own heading. */
export default {
	// ---- frame
	'frame.skip': 'Skip to the page',
	'frame.menu': 'Menu',
	'frame.navigation': 'Pages',
	'frame.language': 'Language',
	'frame.theme': 'Dark or light',
	'frame.logout': 'Log out',
	'frame.user': 'Logged in as {name}',
	'frame.zone': 'Times are those of {zone} ({offset}).',
	'nav.work': 'Traffic',
	'nav.manage': 'Management',
	'nav.clients': 'For clients',
	'page.dashboard': 'Dashboard',
	'page.requests': 'Requests',
	'page.playground': 'Playground',
	'page.accounts': 'Accounts',
	'page.models': 'Models',
	'page.keys': 'API keys',
	'page.settings': 'Settings',
	'page.setup': 'Client set-up',
	'page.key': 'Key statistics',
	'page.password': 'Password',
	'page.sessions': 'Sessions and tokens',
	'page.login': 'Log in',

	// ---- parts
	'state.loading': 'Loading …',
	'state.empty': 'There is nothing here yet.',
	'state.again': 'Try again',
	'state.nopage': 'This page could not be loaded. Is the installation of the pages complete?',
	'error.network': 'The relay did not answer. Is it running, and does the web server pass /admin to it?',
	'error.status': 'The server answered with status {status}.',
	'error.notjson': 'The answer was not from the relay: the web server does not pass this address on.',
	'table.actions': 'Actions',
	'form.save': 'Save',
	'form.required': 'This is needed.',
	'form.wrong.json': 'This is not JSON.',
	'form.wrong.datetime': 'This is not a date.',
	'dialog.close': 'Close',
	'dialog.cancel': 'Cancel',
	'dialog.yes': 'Yes',
	'copy.copy': 'Copy',
	'copy.done': 'Copied',
	'copy.failed': 'The browser does not let this page copy: select the text and copy it yourself.',
	'copy.code': 'Text to copy',
	'time.never': 'never',
	'unit.d': 'd',
	'unit.h': 'h',
	'unit.min': 'min',

	// ---- login, password, sessions
	'login.intro': 'For the administrators of this relay.',
	'login.username': 'User name',
	'login.password': 'Password',
	'login.submit': 'Log in',
	'login.ended': 'Your session has ended. Log in again and you are back where you were.',
	'login.nocookie': 'The login was right, but the browser keeps no cookie of this address. Allow cookies for it.',
	'login.first': 'No administrator yet?',
	'login.first.help': 'There is no default password. Make the first administrator in a shell on the machine of the relay:',
	'password.intro': 'A new password ends all other sessions of yours.',
	'password.current': 'Current password',
	'password.new': 'New password',
	'password.new.help': 'A long sentence is better than a short riddle.',
	'password.again': 'New password again',
	'password.username': 'User name',
	'password.username.help': 'Change it here if you like.',
	'password.submit': 'Change password',
	'password.differ': 'The two new passwords differ.',
	'password.done': 'The password is changed',
	'sessions.intro': 'Who is logged in, and the tokens that scripts use. Ending one takes effect at once.',
	'sessions.empty': 'Nobody is logged in and there is no token.',
	'sessions.name': 'Name',
	'sessions.name.help': 'What it is for, such as backup-script; no spaces.',
	'sessions.kind': 'Kind',
	'sessions.kind.session': 'session',
	'sessions.kind.token': 'token',
	'sessions.remote': 'From',
	'sessions.created': 'Made',
	'sessions.used': 'Last used',
	'sessions.expires': 'Ends',
	'sessions.expires.help': 'Empty: it lasts until it is ended here.',
	'sessions.end': 'End',
	'sessions.end.what': 'End {name}',
	'sessions.end.ask': '{name} will have no access any more.',
	'sessions.ended': 'Ended',
	'sessions.new': 'New token',
	'sessions.made': 'Token {name}',
	'sessions.once': 'This token is shown now and never again. Keep it where the script finds it.',
	'sessions.person': 'Tokens may do all but make or end tokens and administrators.',

	// ---- dashboard

	// ---- client set-up

	// ---- key statistics

	// ---- accounts

	// ---- models

	// ---- API keys

	// ---- requests

	// ---- playground

	// ---- settings
};
