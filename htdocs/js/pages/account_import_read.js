/* What stands in a file of accounts, before the API sees it. */
import { t } from '../i18n.js';
import { faces, namesOf } from './account_api.js';

const types = ['vision', 'chat', 'code'];

/* An entry of models, as in the guide. */
function ofModel(body, platform) {
	return { kind: 'models', body, platform, address: body.endpoint,
		deployment: body.deployment, names: [].concat(body.mapping ??
			body.supportedModels ?? []).filter((one) => typeof one === 'string'),
		withheld: [], wrong: body.type !== undefined && !types.includes(body.type) ?
			t('import.wrong.type') : null };
}

/* An entry of accounts, as exported: its address tells the type. */
function ofAccount({ platform: said, ...body }, chosen) {
	const isAzure = typeof body.azureEndpoint === 'string';
	const platform = faces[said] ? said : isAzure ? 'azure-openai' :
		chosen === 'azure-openai' ? 'openai' : chosen;

	return { kind: 'accounts', body, platform, address: body[faces[platform].address],
		deployment: body.deploymentName, names: namesOf(body).map(([asked]) => String(asked)),
		withheld: [].concat(body.withheld ?? []).map(String), wrong: null };
}

function listOf(file) {
	for (const kind of ['models', 'accounts']) {
		if (Array.isArray(file?.[kind]))
			return [kind, file[kind]];
	}
	/* What the API answers, copied whole. */
	return Array.isArray(file?.data?.accounts) ? ['accounts', file.data.accounts] : [null, null];
}

function readEntry(value, kind, platform) {
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		return { kind, body: value, platform, names: [], withheld: [],
			wrong: t('import.wrong.object') };
	const entry = kind === 'models' ? ofModel(value, platform) : ofAccount(value, platform);

	entry.name = typeof value.name === 'string' ? value.name.trim() : '';
	if (!entry.name)
		entry.wrong ??= t('import.wrong.name');
	for (const name of ['address', 'deployment'])
		entry[name] = typeof entry[name] === 'string' ? entry[name] : '';
	if (entry.platform !== 'openai' && !entry.address)
		entry.wrong ??= t('import.wrong.address');
	if (entry.platform === 'azure-openai' && !entry.deployment)
		entry.wrong ??= t('import.wrong.deployment');
	return entry;
}

/* Groups have other ids at another relay; an account without any serves fewer
 * keys then, never more. */
function dropGroups(entry, groups) {
	if (!Array.isArray(entry.body.groupIds))
		return;
	const known = entry.body.groupIds.filter((id) => groups.some((one) => one.id === id));

	entry.lostGroups = entry.body.groupIds.length - known.length;
	if (!entry.lostGroups)
		return;
	const { groupId, ...rest } = entry.body;

	entry.body = { ...rest, groupIds: known };
	if (!known.length && rest.accountType === 'group')
		entry.body.accountType = 'dedicated';
}

/** {entries} of a text, or {wrong}: why it is none; existing: all accounts and
 * groups here. */
export function readImport(text, platform, { accounts: existing, groups }) {
	let file;

	try {
		file = JSON.parse(text);
	} catch (e) {
		return { wrong: t('import.wrong.json', { why: e.message }) };
	}
	const [kind, list] = listOf(file);

	if (!list?.length)
		return { wrong: t('import.wrong.list') };
	const entries = list.map((value) => readEntry(value, kind, platform));

	entries.filter(({ wrong }) => !wrong).forEach((entry) => dropGroups(entry, groups));
	entries.forEach((entry, i) => {
		entry.there = existing.some((one) => one.platform === entry.platform &&
			one.name === entry.name);
		if (entry.name && entries.findIndex((one) => one.name === entry.name &&
		    one.platform === entry.platform) < i)
			entry.wrong ??= t('import.wrong.twice');
	});
	return { entries };
}
