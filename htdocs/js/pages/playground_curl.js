/* The same request for a shell.  The key stays out of the text. */
import { relayUrl } from '../api.js';
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { copyButton } from '../ui/copy.js';
import { VERSION } from './playground_send.js';

const LONG = 400;

function command(body) {
	return `curl -N '${relayUrl()}/v1/messages' \\\n  -H "x-api-key: $KEY" ` +
		`-H 'anthropic-version: ${VERSION}' \\\n  -H 'content-type: application/json' ` +
		`-d @- <<'END'\n${JSON.stringify(body, null, 2)}\nEND`;
}

/* An image is thousands of lines: shown short, copied whole. */
function shortened(text) {
	return text.replace(/"([A-Za-z0-9+/=]{400,})"/g, (_, data) =>
		`"${data.slice(0, 40)}… (${data.length})"`);
}

export function curlView() {
	const code = h('code', {});
	let whole = '';

	return {
		element: h('section', { class: 'card' }, h('details', {},
			h('summary', {}, t('playground.curl')),
			h('p', { class: 'small soft' }, t('playground.curl.help')),
			h('div', { class: 'snippet' }, h('pre', { 'tabindex': '0', 'role': 'region',
				'aria-label': t('playground.curl') }, code), copyButton(() => whole)))),
		show({ body }) {
			whole = command(body);
			replace(code, whole.length > LONG ? shortened(whole) : whole);
		},
	};
}
