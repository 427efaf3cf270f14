/* The fields of an account's form, and how they become the API's and back.  A
 * name with a dot is a member of an object of the API. */
import { h } from '../dom.js';
import { has, t } from '../i18n.js';
import { faceName, faces, namesOf } from './account_api.js';

export const capabilities = ['vision', 'tools', 'thinking'];
const flavours = ['auto', 'vllm', 'sglang', 'tgi', 'ollama', 'llamacpp', 'fastchat',
	'azure', 'openai', 'generic'];
const timeouts = ['connectMs', 'firstByteMs', 'idleMs', 'totalMs'];
const prices = ['input', 'output', 'cacheRead', 'cacheWrite'];
const DAY_SECONDS = 24 * 3600;
/* What the API takes a number for that is left empty. */
const defaults = { priority: 50, weight: 1 };

/* ---- texts of the form <-> values of the API */

function namesText(account) {
	return namesOf(account).map(([asked, sent]) => sent ? `${asked} = ${sent}` : asked)
		.join('\n');
}

/** Lines "asked" or "asked = sent" -> list, or object when any says what to send. */
export function readNames(text) {
	const lines = text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean);
	const pairs = lines.map((line) => {
		const [asked, ...sent] = line.split('=');

		return [asked.trim(), sent.join('=').trim()];
	});

	return pairs.some(([, sent]) => sent) ? Object.fromEntries(pairs) :
		pairs.map(([asked]) => asked);
}

function headersText(headers) {
	return Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)
		.join('\n');
}

function readHeaders(text) {
	return Object.fromEntries(text.split('\n').filter((line) => line.trim()).map((line) => {
		const at = line.indexOf(':');

		if (at < 1)
			throw new SyntaxError(line);
		return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
	}));
}

function proxyText(proxy) {
	if (!proxy)
		return '';
	const login = proxy.username ? `${encodeURIComponent(proxy.username)}:` +
		`${encodeURIComponent(proxy.password).replace('%E2%80%A6', '…')}@` : '';

	return `${proxy.type}://${login}${proxy.host}:${proxy.port}`;
}

/** An account without what the API showed masked. */
export function withoutSecrets(account) {
	return { ...account, apiKey: '', proxy: account.proxy &&
		{ ...account.proxy, username: '', password: '' },
	headers: Object.fromEntries(Object.entries(account.headers).filter(([, value]) =>
		!value.includes('…'))) };
}

/** What the form shows of an account; of a new one, what the API would take. */
export function valuesOf(account) {
	const v = { isActive: true, schedulable: true, capabilities, priority: 50, weight: 1,
		...account };

	for (const name of timeouts)
		v[`timeouts.${name}`] = v.timeouts?.[name] ? v.timeouts[name] / 1000 : null;
	for (const name of prices)
		v[`pricing.${name}`] = v.pricing?.[name];
	for (const [name, value] of Object.entries(v.options ?? {}))
		v[`options.${name}`] = value;
	for (const name of ['maxConcurrentTasks', 'probeSeconds', 'contextWindow',
		'maxOutputTokens'])
		v[name] ||= null;
	return { ...v, supportedModels: namesText(v), headers: headersText(v.headers),
		proxy: proxyText(v.proxy) };
}

function pricingOf(values) {
	const given = prices.filter((name) => values[`pricing.${name}`] !== null &&
		values[`pricing.${name}`] !== undefined);

	return given.length ? Object.fromEntries(given.map((name) =>
		[name, values[`pricing.${name}`]])) : null;
}

function optionsOf(values) {
	return Object.fromEntries(Object.entries(values).filter(([name]) =>
		name.startsWith('options.')).map(([name, value]) =>
		[name.slice('options.'.length), value === '' ? null : value]));
}

/** The body for the API of what the form gave. */
export function bodyOf(values, platform) {
	const body = { [faces[platform].address]: values.address };

	for (const [name, value] of Object.entries(values)) {
		if (!name.includes('.') && !['address', 'platform'].includes(name))
			body[name] = value ?? defaults[name] ?? 0;
	}
	body.supportedModels = readNames(values.supportedModels);
	body.headers = readHeaders(values.headers);
	body.proxy = values.proxy || null;
	body.extraBody = values.extraBody;
	body.timeouts = Object.fromEntries(timeouts.map((name) =>
		[name, Math.round((values[`timeouts.${name}`] ?? 0) * 1000)]));
	body.pricing = pricingOf(values);
	body.options = optionsOf(values);
	if (platform !== 'azure-openai')
		delete body.apiVersion;
	if (body.accountType !== 'group')
		delete body.groupIds;
	return body;
}

/** What differs between two bodies, for a PUT. */
export function changesOf(before, after) {
	return Object.fromEntries(Object.entries(after).filter(([name, value]) =>
		JSON.stringify(value) !== JSON.stringify(before[name])));
}

/* ---- the fields */

function field(name, more = {}) {
	const help = `accounts.f.${name}.help`;

	return { name, label: t(`accounts.f.${name}`), help: has(help) ? t(help) : null, ...more };
}

function choicesOf(name, values) {
	return values.map((value) => [value, t(`accounts.${name}.${value}`)]);
}

function serverFields(isNew) {
	const section = t('accounts.part.server');

	return [
		isNew && field('platform', { type: 'select', section,
			options: Object.keys(faces).map((one) => [one, faceName(one)]) }),
		field('name', { required: true, section, says: /^Account name/ }),
		field('description', { section }),
		field('address', { section, placeholder: 'http://192.168.1.100:8000',
			says: /azureEndpoint|baseApi|endpoint|Base API|^This address/ }),
		field('deploymentName', { section, half: true, placeholder: 'qwen3-32b',
			says: /^Deployment name/ }),
		field('apiKey', { section, half: true, placeholder: 'sk-…' }),
		field('apiVersion', { section, half: true, placeholder: '2024-02-01' }),
		field('protocol', { type: 'select', section, half: true,
			options: choicesOf('protocol', ['openai', 'anthropic']) }),
		field('flavour', { type: 'select', section, half: true,
			options: flavours.map((one) => [one, one === 'auto' ?
				t('accounts.flavour.auto') : one]) }),
	];
}

function modelFields() {
	const section = t('accounts.part.models');
	const whole = { type: 'number', min: 0, step: 1, half: true, section };

	return [
		field('supportedModels', { type: 'textarea', rows: 4, section,
			placeholder: 'qwen3-32b\nclaude-3-opus-20240229' }),
		field('capabilities', { type: 'checks', section, options: capabilities.map((one) =>
			[one, t(`accounts.capability.${one}`), t(`accounts.capability.${one}.help`)]) }),
		field('contextWindow', { ...whole, placeholder: t('accounts.learned.auto') }),
		field('maxOutputTokens', { ...whole, placeholder: t('accounts.nolimit') }),
	];
}

function choiceFields(groups) {
	const section = t('accounts.part.choice');
	const whole = { type: 'number', min: 1, step: 1, half: true, section };

	return [
		field('priority', { ...whole, max: 100 }),
		field('weight', { ...whole, max: 1000 }),
		field('maxConcurrentTasks', { ...whole, min: 0, placeholder: t('accounts.nolimit') }),
		field('accountType', { type: 'select', half: true, section,
			options: choicesOf('access', ['shared', 'dedicated', 'group']) }),
		field('groupIds', { type: 'checks', section,
			options: groups.map(({ id, name }) => [id, name]),
			help: groups.length ? t('accounts.f.groupIds.help') : t('accounts.groups.none') }),
		field('isActive', { type: 'checkbox', section }),
		field('schedulable', { type: 'checkbox', section }),
	];
}

function foldedFields() {
	const time = t('accounts.part.time');
	const extra = t('accounts.part.extra');
	const pricing = t('accounts.part.pricing');

	return [
		...timeouts.map((name) => field(`timeouts.${name}`, { type: 'number', group: time,
			half: true, min: 0, max: DAY_SECONDS, step: 'any',
			placeholder: t('accounts.asconfigured') })),
		field('probeSeconds', { type: 'number', min: 0, max: 3600, step: 1, group: time,
			placeholder: t('accounts.never') }),
		field('proxy', { group: extra, placeholder: 'socks5://user:password@host:1080' }),
		field('headers', { type: 'textarea', group: extra,
			mistake: t('accounts.f.headers.wrong'), read: (input) => {
			readHeaders(input.value);
			return input.value;
		} }),
		field('extraBody', { type: 'json', group: extra,
			placeholder: '{"chat_template_kwargs": {"enable_thinking": false}}' }),
		...prices.map((name) => field(`pricing.${name}`, { type: 'number', min: 0,
			step: 'any', group: pricing, half: true, placeholder: '0' })),
	];
}

/* Of the API's own list, so that a new option needs no change here. */
function optionField({ name, type, values, help }) {
	const word = `accounts.option.${name}`;

	return { name: `options.${name}`, group: t('accounts.part.options'),
		label: h('code', {}, name), help: has(word) ? t(word) : help,
		type: { boolean: 'checkbox', word: 'select' }[type] ?? 'text',
		options: values?.map((value, i) => [value, i === 0 ?
			t('accounts.option.default', { value }) : value]) };
}

/** options: of GET /admin/account-options; groups: of /admin/account-groups. */
export function fieldsOf({ isNew, groups, options }) {
	return [...serverFields(isNew), ...modelFields(), ...choiceFields(groups),
		...foldedFields(), ...options.map(optionField)].filter(Boolean);
}
