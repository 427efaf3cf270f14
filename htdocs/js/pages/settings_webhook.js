/* The webhook: where the relay tells of accounts and limits, and how that goes. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { duration, number, time } from '../format.js';
import { t } from '../i18n.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { snippet } from '../ui/copy.js';
import { badge, facts, failed, loading, notice } from '../ui/state.js';
import { complain, toast } from '../ui/toast.js';

const PATH = '/admin/webhook';
const events = ['accountAnomaly', 'accountRecovery', 'quotaWarning'];

function settingsForm(hook, done) {
	return form({
		fields: [
			{ name: 'url', label: t('webhook.url'), type: 'url', help: t('webhook.url.help'),
				placeholder: 'https://chat.example/hook', required: true },
			{ name: 'events', label: t('webhook.events'), type: 'checks',
				options: events.map((one) => [one, t(`webhook.event.${one}`)]) },
			{ name: 'active', label: t('webhook.active'), type: 'checkbox' },
		],
		values: hook.url ? hook : { ...hook, active: true, events },
		submit: t('form.save'),
		onSubmit: async (values) => {
			await api.put(PATH, values);
			toast(t('webhook.saved'));
			done();
		},
	});
}

async function change(body, done) {
	try {
		const now = await api.put(PATH, body);

		done();
		return now;
	} catch (e) {
		complain(e);
		return null;
	}
}

async function newSecret(hook, done) {
	if (hook.hasSecret && !await confirm({ title: t('webhook.secret.new'),
		text: t('webhook.secret.ask'), action: t('webhook.secret.new') }))
		return;
	const now = await change({ newSecret: true }, done);

	if (now?.secret)
		dialog({ title: t('webhook.secret'), body: [notice(t('webhook.secret.once'), 'warn'),
			snippet(now.secret)] });
}

async function noSecret(done) {
	if (await confirm({ title: t('webhook.secret.none'), text: t('webhook.secret.none.ask'),
		action: t('webhook.secret.none') }) && await change({ secret: null }, done))
		toast(t('webhook.saved'));
}

async function forget(done) {
	if (await confirm({ title: t('webhook.delete'), text: t('webhook.delete.ask'),
		action: t('webhook.delete') }) && await change({ url: null }, done))
		toast(t('webhook.deleted'));
}

function secretCard(hook, done) {
	return h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('h2', {}, t('webhook.secret')), hook.hasSecret ?
			badge(t('webhook.secret.there'), 'good') : badge(t('webhook.secret.absent'), 'warn')),
	h('p', {}, t('webhook.secret.help')),
	h('div', { class: 'row' },
		button(t('webhook.secret.new'), () => newSecret(hook, done), { class: 'small' }),
		hook.hasSecret && button(t('webhook.secret.none'), () => noSecret(done),
			{ class: 'small danger' })));
}

function outcome({ status, ms, message }) {
	return [status ? t('webhook.answered', { status, ms: duration(ms) }) : duration(ms),
		': ', message];
}

async function test(said) {
	replace(said, loading(t('webhook.testing')));
	try {
		const result = await api.post(`${PATH}/test`);

		replace(said, notice(outcome(result), result.ok ? 'good' : 'bad'));
	} catch (e) {
		replace(said, notice(e.message, 'bad'));
	}
}

function stateCard({ state }, done) {
	const said = h('div', { 'aria-live': 'polite' });
	const last = state.lastError;

	return h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('h2', {}, t('webhook.state')), h('div', { class: 'row' },
			button(t('requests.refresh'), done, { class: 'small' }),
			button(t('webhook.test'), () => test(said), { class: 'small' }))), said,
	facts([
		[t('webhook.sent'), number(state.sent)],
		[t('webhook.queued'), [number(state.queued), state.queued > 0 && [' ', t('webhook.next',
			{ tries: state.tries, when: duration(state.nextTryMs) })]]],
		[t('webhook.failed'), number(state.failed)],
		[t('webhook.dropped'), number(state.dropped)],
		[t('webhook.last'), time(state.lastSentAt, true)],
		last && [t('webhook.wrong'), [time(last.at, true), ' · ', last.type, ' · ',
			outcome(last)]],
	]));
}

export async function webhook(part) {
	async function draw() {
		if (!part.firstChild)
			replace(part, loading());
		try {
			const hook = await api.get(PATH);

			replace(part, h('div', { class: 'grid' }, h('section', { class: 'card' },
				h('div', { class: 'card-head' }, h('h2', {}, t('webhook.where')), hook.url &&
					button(t('webhook.delete'), () => forget(draw), { class: 'small danger' })),
				settingsForm(hook, draw)),
			hook.url && h('div', { class: 'stack' }, stateCard(hook, draw),
				secretCard(hook, draw))));
		} catch (e) {
			replace(part, failed(e, draw));
		}
	}

	await draw();
}
