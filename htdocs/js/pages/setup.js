/* What clients need: texts to copy.  The address is this page's own relay; the
 * key is put in by its owner and goes nowhere. */
import { request, relayUrl } from '../api.js';
import { button, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { snippet } from '../ui/copy.js';
import { form } from '../ui/form.js';
import { failed, pageHead } from '../ui/state.js';

export const title = 'page.setup';

/* For a shell: in single quotes. */
function quoted(text) {
	return `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}

function texts(url, key, model, window) {
	const js = JSON.stringify;
	const size = window ? `export CLAUDE_CODE_MAX_CONTEXT_TOKENS=${window}\n` : '';
	const sizeToo = window ? { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(window) } : {};

	return [
		['claude', t('setup.claude'), t('setup.claude.help'),
			`export ANTHROPIC_BASE_URL=${quoted(url)}\n` +
			`export ANTHROPIC_AUTH_TOKEN=${quoted(key)}\n` +
			`export ANTHROPIC_MODEL=${quoted(model)}\n` +
			`export ANTHROPIC_DEFAULT_OPUS_MODEL=${quoted(model)}\n` +
			`export ANTHROPIC_DEFAULT_SONNET_MODEL=${quoted(model)}\n` +
			`export ANTHROPIC_DEFAULT_HAIKU_MODEL=${quoted(model)}\n${size}` +
			'export API_TIMEOUT_MS=3000000\nclaude'],
		['settings', t('setup.settings'), t('setup.settings.help'), JSON.stringify({ env: {
			ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_MODEL: model,
			ANTHROPIC_DEFAULT_OPUS_MODEL: model, ANTHROPIC_DEFAULT_SONNET_MODEL: model,
			ANTHROPIC_DEFAULT_HAIKU_MODEL: model, ...sizeToo, API_TIMEOUT_MS: '3000000' } }, null, 2)],
		['curl', t('setup.curl'), t('setup.curl.help'),
			`curl ${quoted(`${url}/v1/messages`)} \\\n  -H ${quoted(`x-api-key: ${key}`)} \\\n` +
			'  -H \'anthropic-version: 2023-06-01\' -H \'content-type: application/json\' \\\n' +
			`  -d ${quoted(js({ model, max_tokens: 256,
				messages: [{ role: 'user', content: 'Hello' }] }))}`],
		['python', t('setup.python'), t('setup.python.help'),
			'from anthropic import Anthropic\n\n' +
			`client = Anthropic(base_url=${js(url)}, api_key=${js(key)})\n` +
			`message = client.messages.create(\n    model=${js(model)}, max_tokens=256,\n` +
			'    messages=[{"role": "user", "content": "Hello"}])\nprint(message.content)'],
		['typescript', t('setup.typescript'), t('setup.typescript.help'),
			'import Anthropic from \'@anthropic-ai/sdk\';\n\n' +
			`const client = new Anthropic({ baseURL: ${js(url)}, apiKey: ${js(key)} });\n` +
			`const message = await client.messages.create({\n  model: ${js(model)}, max_tokens: 256,\n` +
			'  messages: [{ role: \'user\', content: \'Hello\' }],\n});\nconsole.log(message.content);'],
	];
}

let given = '';

/** A key that was just made, for the next time that this page is opened. */
export function giveKey(key) {
	given = key;
}

export function render(body) {
	const shown = h('div', { class: 'stack' });
	const found = h('div', { 'class': 'stack tight', 'aria-live': 'polite' });

	function draw() {
		const { key, model, window } = values();

		replace(shown, texts(relayUrl(), key, model, window).map(([name, heading, help, text]) =>
			h('section', { class: 'card', id: `for-${name}` }, h('h2', {}, heading),
				h('p', { class: 'soft' }, help), snippet(text, heading))));
	}

	const box = form({
		fields: [
			{ name: 'key', label: t('setup.key'), type: 'password', help: t('setup.key.help'),
				placeholder: 'cr_…' },
			{ name: 'model', label: t('setup.model'), help: t('setup.model.help'),
				placeholder: 'claude-sonnet-4-5' },
			{ name: 'window', label: t('setup.window'), type: 'number', min: 1, step: 1,
				help: t('setup.window.help') },
		],
		values: { key: given },
		submit: t('setup.models'),
		onSubmit: async ({ key }) => {
			if (!key)
				throw Object.assign(new Error(t('setup.key.first')), { status: 0 });
			try {
				const { data } = await request('GET', '/v1/models', { key });

				replace(found, h('p', { class: 'small soft' }, t('setup.models.found')),
					h('div', { class: 'row' }, data.map((one) => button(one.id, () => {
						box.field('model').value = one.id;
						box.field('window').value = one.max_input_tokens || '';
						draw();
					}, { class: 'small' }))));
			} catch (e) {
				replace(found, failed(e));
			}
		},
	});

	function values() {
		return { key: box.field('key').value || 'cr_…',
			model: box.field('model').value || 'claude-sonnet-4-5',
			window: Math.max(0, Math.floor(Number(box.field('window').value))) };
	}

	box.addEventListener('input', draw);
	replace(body, pageHead(t('page.setup'), t('setup.intro')),
		h('section', { class: 'card' }, box, found), shown);
	draw();
	given = '';
}
