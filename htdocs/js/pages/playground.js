/* The playground: a request to the relay's own /v1/messages, as any client makes
 * it, and the answer as it comes.  The key is in this tab's memory only. */
import { button, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { memory } from '../memory.js';
import { empty, pageHead } from '../ui/state.js';
import { complain } from '../ui/toast.js';
import { answerView } from './playground_answer.js';
import { curlView } from './playground_curl.js';
import { requestForm } from './playground_form.js';
import { send } from './playground_send.js';

export const title = 'page.playground';

/* Until the first one is sent. */
function waiting(place) {
	replace(place, h('section', { class: 'card' }, h('h2', {}, t('playground.answer')),
		empty(t('playground.answer.none'))));
}

/* Of another page: a model by the address, a key by memory alone. */
function givenBy(query, kept) {
	const { given: key } = kept;

	delete kept.given;
	return { ...key && { key }, ...query.model && { model: query.model } };
}

export function render(body, { query }) {
	const kept = memory('playground');
	const place = h('div', { class: 'stack' });
	const curl = curlView();
	let stop = null;

	async function run({ key, body: asked }) {
		const ending = new AbortController();
		const view = answerView({ stop: () => ending.abort(),
			go: (turns) => form.append(turns) });

		stop = () => ending.abort();
		replace(place, view.element);
		view.focus();
		await send({ key, body: asked, signal: ending.signal, view });
		stop = null;
	}

	const form = requestForm({
		kept, given: givenBy(query, kept),
		onSend: (request) => run(request).catch(complain),
		onChange: (request) => curl.show(request),
	});

	waiting(place);
	replace(body, pageHead(t('page.playground'), t('playground.intro'),
		button(t('playground.reset'), () => form.reset(), {})),
	h('div', { class: 'split' }, h('section', { class: 'card' }, form.element),
		h('div', { class: 'stack' }, place, curl.element)));
	form.changed();
	return () => {
		form.keep();
		stop?.();
	};
}
