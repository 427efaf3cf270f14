/* One account: how it is, what it serves, what was found and learned. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { ago, cost, number, time } from '../format.js';
import { t } from '../i18n.js';
import { pageOf } from '../pages.js';
import { go, link } from '../router.js';
import { badge, facts, failed, loading, notice, pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { forgetLearned, remove, resetStatus, toggleActive, toggleSchedulable }
	from './account_acts.js';
import { addressOf, faceName, linkTo, pathOf } from './account_api.js';
import { countDown, namesServed, statusOf } from './account_parts.js';
import { resultOf, runTest, takeMessage, testView } from './account_test.js';

const periods = ['daily', 'monthly', 'total'];

function card(title, ...children) {
	return h('section', { class: 'card' }, h('h2', {}, title), children);
}

function limit(n) {
	return n ? number(n) : t('accounts.nolimit');
}

function serverCard(account) {
	const { contextWindow, learned } = account;
	const window = contextWindow || learned.contextWindow;

	return card(t('accounts.part.server'), facts([
		[t('accounts.type'), faceName(account.platform)],
		[t('accounts.f.address'), h('code', {}, addressOf(account))],
		account.deploymentName && [t('accounts.f.deploymentName'),
			h('code', {}, account.deploymentName)],
		[t('accounts.f.apiKey'), account.apiKey ? h('code', {}, account.apiKey) :
			t('accounts.nokey')],
		account.protocol === 'anthropic' && [t('accounts.f.protocol'),
			t('accounts.protocol.anthropic')],
		[t('accounts.f.flavour'), account.flavour !== 'auto' ? account.flavour :
			learned.flavour ? t('accounts.flavour.found', { flavour: learned.flavour }) :
				t('accounts.flavour.auto')],
		[t('accounts.f.contextWindow'), window ? [t('accounts.tokens', { n: number(window) }),
			!contextWindow && [' ', badge(t('accounts.learned.mark'))]] :
			t('accounts.unknown')],
		account.description && [t('accounts.f.description'),
			h('span', { class: 'wrap' }, account.description)],
	]));
}

function choiceCard(account, groups) {
	const names = new Map(groups.map(({ id, name }) => [id, name]));

	return card(t('accounts.part.choice'), facts([
		[t('accounts.f.priority'), t('accounts.priority.of', { n: account.priority })],
		[t('accounts.f.weight'), number(account.weight)],
		[t('accounts.f.maxConcurrentTasks'), limit(account.maxConcurrentTasks)],
		[t('accounts.inflight'), number(account.inFlight)],
		[t('accounts.f.accountType'), t(`accounts.access.${account.accountType}`)],
		account.groupIds.length > 0 && [t('accounts.f.groupIds'),
			account.groupIds.map((id) => names.get(id) ?? id).join(', ')],
		[t('accounts.f.schedulable'), account.schedulable ? t('accounts.test.yes') :
			t('accounts.test.no')],
		[t('accounts.used'), ago(account.lastUsedAt)],
	]));
}

function modelsCard(account) {
	return card(t('accounts.names'), h('div', {}, namesServed(account, true)),
		account.deploymentName && Array.isArray(account.supportedModels) &&
			h('p', { class: 'small soft' }, t('accounts.sentas'), ' ',
				h('code', {}, account.deploymentName)),
		h('div', { class: 'row' }, account.capabilities.map((one) =>
			badge(t(`accounts.capability.${one}`)))),
		pageOf('models') && h('p', {}, h('a', { href: link('models') },
			t('accounts.tomodels'))));
}

function usageCard(account) {
	const row = (name, show = number) => ({ name: t(`key.count.${name}`),
		...Object.fromEntries(periods.map((p) => [p, account.usage[p] &&
			show(account.usage[p][name])])) });
	const list = table({ label: t('accounts.usage'), columns: [
		{ key: 'name', label: t('key.figure') },
		...periods.filter((p) => account.usage[p]).map((key) =>
			({ key, label: t(`key.period.${key}`), class: 'number' })),
	] });

	list.set([row('requests'), row('inputTokens'), row('outputTokens'), row('cacheReadTokens'),
		row('cost', (usd) => usd || account.pricing ? cost(usd) :
			t('dashboard.unpriced'))]);
	return card(t('accounts.usage'), list, pageOf('requests') && h('p', {},
		h('a', { href: link('requests', { accountId: account.id }) },
			t('accounts.torequests'))));
}

function learnedCard(account, again) {
	const { models } = account.learned;
	const list = table({ label: t('accounts.learned'), empty: t('accounts.learned.none'),
		columns: [
			{ key: 'model', label: t('accounts.f.deploymentName'), class: 'wrap' },
			{ key: 'contextWindow', label: t('accounts.f.contextWindow'), class: 'number',
				render: (row) => number(row.contextWindow) },
			{ key: 'usage', label: t('accounts.learned.usage'), render: (row) =>
				row.usage ? t(`accounts.learned.usage.${row.usage}`) : '–' },
			{ key: 'tokenScale', label: t('accounts.learned.scale'), class: 'number',
				render: (row) => row.tokenSamples < 5 ? '–' : number(row.tokenScale) },
			{ key: 'refused', label: t('accounts.learned.refused'), class: 'wrap',
				render: (row) => row.refusedParameters.map(({ name }) => name)
					.join(', ') || '–' },
			{ key: 'updatedAt', label: t('accounts.learned.at'), class: 'nowrap',
				render: (row) => time(row.updatedAt) },
		] });

	list.set(models);
	return card(t('accounts.learned'), h('p', { class: 'small soft' }, t('accounts.learned.help')),
		list, models.length > 0 && h('div', { class: 'row' },
			button(t('accounts.forget'), async () =>
				await forgetLearned(account) && again(), { class: 'small' })));
}

/* The newest test of this visit, and the button for another. */
function testCard(account, again) {
	const place = h('div', { class: 'stack' });
	const start = button(t('accounts.test'), run, { class: 'small primary',
		data: { act: 'test' } });
	const kept = resultOf(account)?.test;

	async function run(event, deploymentName = null) {
		start.disabled = true;
		replace(place, loading(t('accounts.test.running')));
		try {
			if (deploymentName !== null)
				await api.put(pathOf(account), { deploymentName });
			await runTest(account);
			again();
		} catch (e) {
			start.disabled = false;
			replace(place, failed(e, run));
		}
	}

	replace(place, kept ? testView(kept, account, (name) => run(null, name)) :
		h('p', { class: 'soft' }, t('accounts.test.notyet')));
	return h('section', { class: 'card', id: 'test' },
		h('div', { class: 'card-head' }, h('h2', {}, t('accounts.test.result')), start), place);
}

function head(account, again) {
	const doing = (work) => async () => await work(account) && again();
	const cooling = !['active', 'inactive', 'paused'].includes(account.status);

	return pageHead(account.name, null,
		h('a', { class: 'button', href: link('accounts') }, t('accounts.back')),
		h('a', { class: 'button primary', href: linkTo(account, 'edit') },
			t('accounts.edit.short')),
		h('a', { class: 'button', href: link('accounts', { copy: account.id,
			type: account.platform }, 'new') }, t('accounts.copy')),
		button(account.isActive ? t('accounts.pause') : t('accounts.resume'),
			doing(toggleActive), { data: { act: 'toggle' } }),
		button(account.schedulable ? t('accounts.unschedule') : t('accounts.schedule'),
			doing(toggleSchedulable), { data: { act: 'schedule' },
				title: t('accounts.f.schedulable.help') }),
		(cooling || account.statusReason) && account.isActive && account.schedulable &&
			button(t('accounts.reset'), doing(resetStatus),
				{ title: t('accounts.reset.help') }),
		button(t('accounts.delete'), async () => {
			if (await remove(account))
				go('accounts');
		}, { class: 'danger' }));
}

/** The page of one account. */
export async function renderOne(body, platform, id) {
	const groups = await api.get('/admin/account-groups') ?? [];
	let stop = () => {};

	async function again() {
		const account = await api.get(pathOf({ platform, id }));
		const message = takeMessage(account);
		const { act } = document.activeElement.dataset;

		replace(body, head(account, again),
			message && notice(message, message.includes(';') ? 'warn' : 'good'),
			h('div', { class: 'status-line' }, statusOf(account)),
			testCard(account, again),
			h('div', { class: 'grid' }, serverCard(account), modelsCard(account),
				choiceCard(account, groups), usageCard(account)),
			learnedCard(account, again));
		if (act)
			body.querySelector(`[data-act="${act}"]`)?.focus();
		stop();
		stop = countDown(body, again);
	}

	await again();
	return () => stop();
}
