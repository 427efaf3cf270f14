/* Many prices from a file: a table as this relay answers it, or one of the price
 * lists that name costs per token.  Those have more than the API takes at once,
 * so only what counts is sent. */
import { api } from '../api.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { toast } from '../ui/toast.js';

const FILE_MAX = 16 * 1024 * 1024;
const members = ['input', 'output', 'cacheRead', 'cacheWrite', 'input_cost_per_token',
	'output_cost_per_token', 'cache_read_input_token_cost', 'cache_creation_input_token_cost'];

function part(price) {
	return Object.fromEntries(members.filter((name) => typeof price[name] === 'number')
		.map((name) => [name, price[name]]));
}

/* [[model, price]] of either shape. */
function entries(file) {
	const list = Array.isArray(file) ? file : file?.prices ?? file?.data;
	const pairs = Array.isArray(list) ? list.map((one) => [one?.model, one]) :
		Object.entries(list ?? file ?? {});

	return pairs.filter(([model, price]) => model && price && typeof price === 'object')
		.map(([model, price]) => [String(model), part(price)])
		.filter(([, price]) => Object.keys(price).length);
}

/* Names that clients asked for and names that backends know. */
async function namesInUse() {
	const [routes, stats] = await Promise.all([api.get('/admin/model-routes'),
		api.get('/admin/model-stats', { period: 'all' })]);
	const names = new Set(stats.map((one) => one.model));

	routes.forEach((one) => names.add(one.model).add(one.sentModel));
	return names;
}

export function importPrices(done) {
	const file = h('input', { type: 'file', accept: '.json,application/json', name: 'file' });
	const box = dialog({ title: t('prices.import'), body: [h('p', {}, t('prices.import.help')),
		form({
			fields: [
				{ name: 'file', label: t('import.file'), control: file,
					read: () => file.files[0] ?? null },
				{ name: 'text', label: t('import.text'), type: 'textarea', rows: 6,
					placeholder: '{"qwen3-32b": {"input": 0.2, "output": 0.6}}' },
				{ name: 'used', label: t('prices.import.used'), type: 'checkbox',
					help: t('prices.import.used.help') },
			],
			submit: t('prices.import'),
			cancel: () => box.close(),
			onSubmit: async ({ file: chosen, text, used }) => {
				const made = await send(chosen, text, used);

				box.close();
				toast(t('prices.imported', { n: made }));
				done();
			},
		})] });
}

async function send(chosen, text, used) {
	if (chosen?.size > FILE_MAX)
		throw Object.assign(new Error(t('prices.import.large')), { field: 'file' });
	const field = chosen ? 'file' : 'text';
	let found;

	try {
		found = entries(JSON.parse(chosen ? await chosen.text() : text));
	} catch (e) {
		throw Object.assign(new Error(t('import.wrong.json', { why: e.message })), { field });
	}
	if (used) {
		const names = await namesInUse();

		found = found.filter(([model]) => names.has(model));
	}
	if (!found.length)
		throw Object.assign(new Error(t('prices.import.none')), { field });
	const { imported } = await api.post('/admin/prices/import', Object.fromEntries(found));

	return imported;
}
