/* One request with everything that the ledger knows of it. */
import { api } from '../api.js';
import { h, replace } from '../dom.js';
import { cost, duration, number, speed, time } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { copyButton } from '../ui/copy.js';
import { dialog } from '../ui/dialog.js';
import { facts, failed, loading, notice } from '../ui/state.js';
import { errorWords, nameOf, outcomeBadge } from './requests_cells.js';
import { trail, why } from './requests_why.js';

function tokens(r) {
	return facts([
		[t('requests.input'), number(r.inputTokens)],
		[t('requests.cached'), number(r.cacheReadTokens)],
		[t('requests.written'), number(r.cacheCreateTokens)],
		[t('requests.output'), number(r.outputTokens)],
		[t('requests.thinking'), number(r.thinkingTokens)],
		[t('requests.total'), [number(r.totalTokens),
			r.estimated && h('span', { class: 'soft' }, ` ${t('requests.estimated')}`)]],
		[t('requests.cost'), r.priced ? cost(r.cost) :
			r.totalTokens ? t('requests.unpriced') : '–'],
	]);
}

/* The others of the same key, account or model. */
function others(name, value, shown) {
	return value ? h('a', { href: link('requests', { [name]: value }),
		title: t('requests.others') }, shown) : '–';
}

function what(r) {
	/* Output tokens in the time after the first one. */
	const rate = r.stream && r.firstByteMs !== null &&
		speed(r.outputTokens, r.durationMs - r.firstByteMs);

	return facts([
		[t('requests.status'), [outcomeBadge(r), ` ${r.status || ''}`]],
		r.stopReason && [t('requests.stop'), h('code', {}, r.stopReason)],
		[t('requests.time'), time(r.timestamp, true)],
		[t('requests.key'), others('keyId', r.keyId, nameOf(r.apiKeyName, r.keyId))],
		[t('requests.model.asked'), others('model', r.model, r.model)],
		[t('requests.model.sent'), r.sentModel || '–'],
		[t('requests.account'),
			others('accountId', r.accountId, nameOf(r.accountName, r.accountId))],
		[t('requests.attempts'), number(r.attempts)],
		[t('requests.endpoint'), h('code', {}, r.endpoint)],
		[t('requests.stream'), r.stream ? t('requests.yes') : t('requests.no')],
		[t('requests.first'), duration(r.firstByteMs)],
		[t('requests.duration'), duration(r.durationMs)],
		rate && [t('requests.speed'), rate],
	]);
}

function wrong(r) {
	if (r.outcome === 'complete')
		return null;
	const text = r.error ? errorWords(r.error) : t(`errors.${r.outcome}`);

	return notice([r.message && h('p', {}, h('b', {}, r.message)),
		h('p', {}, r.error && h('code', {}, r.error), r.error && ' ', text)],
		r.outcome === 'error' ? 'bad' : 'warn');
}

function drawn(r) {
	return [h('div', { class: 'row' }, h('code', {}, r.requestId), copyButton(r.requestId)),
		wrong(r),
		h('div', { class: 'grid' },
			h('section', { class: 'stack tight' }, h('h3', {}, t('requests.what')), what(r)),
			h('section', { class: 'stack tight' }, h('h3', {}, t('requests.tokens')), tokens(r))),
		trail(r.trail), why(r.why)];
}

/** Opens the dialog of a request; onClose is called when it is closed. */
export function openRequest(id, onClose) {
	const body = h('div', { class: 'stack' }, loading());

	dialog({ title: t('requests.one'), body, onClose });

	async function load() {
		replace(body, loading());
		try {
			replace(body, drawn(await api.get(
				`/admin/request-details/${encodeURIComponent(id)}`)));
		} catch (e) {
			replace(body, failed(e, e.status === 404 ? null : load));
		}
	}

	load();
}
