/* The fields of an API key: for one, for many new ones, and for changing many. */
import { api } from '../api.js';
import { t } from '../i18n.js';
import { suggest } from '../ui/suggest.js';
import { dateButtons, PATH } from './key_parts.js';

const counts = ['concurrencyLimit', 'rateLimitWindow', 'rateLimitRequests', 'tokenLimit'];
const queue = ['concurrentRequestQueueMaxSize', 'concurrentRequestQueueTimeoutMs'];
const costs = ['dailyCostLimit', 'totalCostLimit', 'rateLimitCost'];
const lists = ['tags', 'allowedModels', 'restrictedModels', 'allowedClients'];
const clients = ['claude_code', 'codex_cli', 'gemini_cli', 'droid_cli'];
/* A binding has three names, by the face of the account. */
const bindings = { 'azure-openai-accounts': 'azureOpenaiAccountId',
	'openai-accounts': 'openaiAccountId',
	'openai-responses-accounts': 'openaiResponsesAccountId' };

function word(name) {
	return { name, label: t(`keys.${name}`), help: t(`keys.${name}.help`) };
}

/* Empty is no limit. */
function limit(name, step, empty) {
	return { ...word(name), type: 'number', min: 0, step, placeholder: t('keys.nolimit'),
		read: (input) => input.value === '' && !input.validity.badInput ? empty :
			Number(input.value) };
}

function limits(empty) {
	const section = t('keys.part.limits');

	return [
		{ ...limit('concurrencyLimit', 1, empty), section },
		...['dailyCostLimit', 'totalCostLimit'].map((name) =>
			({ ...limit(name, 'any', empty), section, half: true })),
	];
}

function windowed(empty) {
	const group = t('keys.part.window');

	return [
		{ ...limit('rateLimitWindow', 1, empty), group, placeholder: t('keys.nowindow') },
		...['rateLimitRequests', 'tokenLimit'].map((name) =>
			({ ...limit(name, 1, empty), group, half: true })),
		{ ...limit('rateLimitCost', 'any', empty), group },
	];
}

/* A relay whose requests wait has settings for it; what is left empty follows
 * them. */
function waiting(from, empty) {
	return from.queue ? queue.map((name, i) => ({ ...limit(name, 1, empty), min: i === 0 ? -1 : 0,
		group: t('keys.part.queue'), half: true,
		placeholder: t('keys.queue.default', { n: from.queue[i] }) })) : [];
}

function ending() {
	const section = t('keys.part.end');

	return [
		{ ...word('expirationMode'), section, type: 'select', options: ['fixed', 'activation']
			.map((one) => [one, t(`keys.expirationMode.${one}`)]) },
		{ ...word('expiresAt'), section, type: 'datetime' },
		{ ...word('activationDays'), section, half: true, type: 'number', min: 1, step: 1,
			says: /^activationDays/ },
		{ ...word('activationUnit'), section, half: true, type: 'select',
			options: ['days', 'hours'].map((one) => [one, t(`keys.activationUnit.${one}`)]) },
	];
}

function access(from) {
	const group = t('keys.part.access');

	return [
		...['allowedModels', 'restrictedModels', 'allowedClients'].map((name) =>
			({ ...word(name), group, type: 'list' })),
		{ ...word('binding'), group: t('keys.part.binding'), type: 'select',
			options: from.bindings, says: /cannot be bound|AccountId|account group/ },
	];
}

/* A tag may have commas. */
function tags() {
	return { ...word('tags'), type: 'list', rows: 2, read: (input) =>
		input.value.split('\n').map((one) => one.trim()).filter(Boolean) };
}

function what() {
	const section = t('keys.part.what');

	return [
		{ ...word('description'), section, type: 'textarea', rows: 2 },
		{ ...tags(), section },
	];
}

/** Fields of one key. */
export function fieldsOf(from) {
	return [{ ...word('name'), section: t('keys.part.what'), required: true,
		says: /^Name /, read: (input) => input.value.trim() },
	...what(), ...limits(0), ...ending(), ...windowed(0),
	...waiting(from, 0), ...access(from)];
}

/** Fields of many new ones. */
export function batchFields(from) {
	const section = t('keys.part.what');

	return [{ ...word('baseName'), section, required: true,
		read: (input) => input.value.trim() },
	{ ...word('count'), section, type: 'number', required: true, min: 2, max: 500, step: 1 },
	...what(), ...limits(0), ...ending(), ...windowed(0),
	...waiting(from, 0), ...access(from)];
}

/** Fields that change many: what is left empty stays as it is. */
export function changeFields(from) {
	const keep = ['', t('keys.bulk.keep')];
	const changed = (field) => ({ ...field, help: t('keys.bulk.limit.help'),
		placeholder: t('keys.bulk.keep') });

	return [
		{ name: 'tagOperation', label: t('keys.tags'), type: 'select', options: [keep,
			...['add', 'remove', 'replace'].map((one) => [one, t(`keys.bulk.tags.${one}`)])] },
		{ ...tags(), label: t('keys.bulk.tags') },
		...limits(null).map(changed),
		{ name: 'end', label: t('keys.end'), type: 'select', section: t('keys.part.end'),
			options: [keep, ['date', t('keys.bulk.end.date')], ['never', t('keys.end.never')]] },
		{ ...word('expiresAt'), type: 'datetime', section: t('keys.part.end') },
		...windowed(null).map(changed),
		...waiting(from, null).map((field) => ({ ...field, placeholder: t('keys.bulk.keep') })),
		{ ...word('binding'), group: t('keys.part.binding'), type: 'select',
			options: [['', t('keys.bulk.keep')], ...from.bindings.map(([value, text]) =>
				[value || 'none', text])] },
	];
}

/** What a key can be bound to: [value, text]. */
export async function bindingChoices() {
	const faces = Object.keys(bindings);
	const [groups, ...accounts] = await Promise.all([api.get('/admin/account-groups'),
		...faces.map((face) => api.get(`/admin/${face}`))]);

	return [['', t('keys.binding.none')],
		...groups.map((one) => [`openaiAccountId group:${one.id}`,
			t('keys.binding.group', { name: one.name })]),
		...accounts.flatMap((list, i) => list.filter((one) => one.accountType !== 'group')
			.map((one) => [`${bindings[faces[i]]} ${one.id}`, t(one.accountType ===
				'dedicated' ? 'keys.binding.own' : 'keys.binding.shared',
			{ name: one.name })]))];
}

/** What the choices of a form are made of: tags, models, accounts and groups. */
export async function choices() {
	const [known, routes, bound, { settings }] = await Promise.all([
		api.get(`${PATH}/tags`), api.get('/admin/model-routes'), bindingChoices(),
		api.get('/admin/settings')]);
	const defaults = ['queue_size', 'queue_ms'].map((name) =>
		settings.find((one) => one.name === name)?.value);

	return { tags: known, queue: defaults.includes(undefined) ? null : defaults,
		models: [...new Set(routes.map((one) => one.model))]
		.filter((one) => one !== '*').sort(),
		bindings: bound };
}

/** The value of the field binding; "" when there is none. */
export function bindingOf(key) {
	const name = Object.values(bindings).find((one) => key[one]);

	return name ? `${name} ${key[name]}` : '';
}

/* Which face a group is named under does not matter. */
function sameBinding(value, options) {
	const id = value.split(' ')[1];

	return options.some(([one]) => one === value) ? value :
		options.find(([one]) => one && one.split(' ')[1] === id)?.[0] ?? '';
}

function bindingBody(value) {
	const [name, id] = value.split(' ');

	return Object.fromEntries(Object.values(bindings).map((one) =>
		[one, one === name ? id : '']));
}

/** A key as the form has it: no limit is an empty field. */
export function valuesOf(key, from) {
	const values = { ...key, binding: sameBinding(bindingOf(key), from.bindings),
		activationDays: key.activationDays || null };

	[...counts, ...queue, ...costs].forEach((name) => {
		values[name] = key[name] || null;
	});
	return values;
}

/** The form as the API has it. */
export function bodyOf(values) {
	const body = { expirationMode: values.expirationMode };

	for (const name of ['name', 'baseName', 'count', 'description', ...counts, ...queue, ...costs,
		...lists]) {
		if (name in values)
			body[name] = values[name];
	}
	if (values.expirationMode === 'activation')
		Object.assign(body, { activationDays: values.activationDays ?? 0,
			activationUnit: values.activationUnit });
	else
		body.expiresAt = values.expiresAt;
	return Object.assign(body, bindingBody(values.binding));
}

/** The form that changes many as updates; null: nothing is to change. */
export function updatesOf(values) {
	const updates = {};

	for (const name of [...counts, ...queue, ...costs]) {
		if ((values[name] ?? null) !== null)
			updates[name] = values[name];
	}
	if (values.tagOperation)
		Object.assign(updates, { tagOperation: values.tagOperation, tags: values.tags });
	if (values.end)
		Object.assign(updates, { expirationMode: 'fixed',
			expiresAt: values.end === 'never' ? null : values.expiresAt });
	if (values.binding)
		Object.assign(updates, bindingBody(values.binding === 'none' ? '' : values.binding));
	return Object.keys(updates).length ? updates : null;
}

/** Buttons below fields, and fields that only some choices have. */
export function dress(element, from) {
	const input = (name) => element.field(name);
	const show = (name, shown) => {
		if (input(name))
			input(name).closest('.field').hidden = !shown;
	};
	const below = (name, values) => {
		const buttons = input(name) && suggest(input(name), values);

		if (buttons)
			input(name).after(buttons);
	};

	function apply() {
		const byUse = input('expirationMode')?.value === 'activation';

		show('expiresAt', input('end') ? input('end').value === 'date' : !byUse);
		show('activationDays', byUse);
		show('activationUnit', byUse);
		show('tags', !input('tagOperation') || input('tagOperation').value !== '');
	}

	below('tags', from.tags);
	below('allowedModels', from.models);
	below('restrictedModels', from.models);
	below('allowedClients', clients);
	input('expiresAt').after(dateButtons(input('expiresAt')));
	element.addEventListener('change', apply);
	apply();
	/* What has a value is not hidden in a fold. */
	element.querySelectorAll('details').forEach((one) => {
		one.open = [...one.querySelectorAll('input, textarea, select')].some((part) =>
			part.value !== '');
	});
	return element;
}
