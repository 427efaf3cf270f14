/* The table of prices: what models cost whose account has no price of its own. */
import { address, api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { number, time } from '../format.js';
import { t } from '../i18n.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { empty, notice } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain, toast } from '../ui/toast.js';
import { importPrices } from './settings_prices_import.js';

const PATH = '/admin/prices';
const kinds = ['input', 'output', 'cacheRead', 'cacheWrite'];
const UNPRICED_MAX = 8;

function edit(values, done) {
	const known = values.updatedAt !== undefined;
	const box = dialog({ narrow: true, title: known ? t('prices.of', { model: values.model }) :
		t('prices.new'), body: form({
		fields: [
			...known ? [] : [{ name: 'model', label: t('prices.model'), required: true,
				help: t('prices.model.help') }],
			...kinds.map((kind) => ({ name: kind, label: t(`prices.${kind}`), half: true,
				type: 'number', min: 0, max: 1e6, step: 'any' })),
		],
		values,
		submit: t('form.save'),
		cancel: () => box.close(),
		onSubmit: async (price) => {
			await api.post(PATH, { model: values.model, ...price });
			box.close();
			toast(t('prices.saved', { model: price.model ?? values.model }));
			done();
		},
	}) });
}

async function remove({ model }, done) {
	const yes = await confirm({ title: t('prices.delete'), action: t('prices.delete'),
		text: t('prices.delete.ask', { model }) });

	if (!yes)
		return;
	try {
		await api.delete(`${PATH}?model=${encodeURIComponent(model)}`);
		toast(t('prices.deleted', { model }));
		done();
	} catch (e) {
		complain(e);
	}
}

function columns(done) {
	return [
		{ key: 'model', label: t('prices.model'), sort: true, class: 'name-cell' },
		...kinds.map((kind) => ({ key: kind, label: t(`prices.${kind}`), sort: true,
			class: 'number', render: (row) => `$${number(row[kind])}` })),
		{ key: 'updatedAt', label: t('admins.updated'), sort: true, class: 'nowrap',
			render: (row) => time(row.updatedAt) },
		{ key: 'acts', label: '', class: 'actions', render: (row) => h('div', { class: 'row' },
			button(t('prices.edit'), () => edit(row, done), { 'class': 'small',
				'aria-label': `${t('prices.edit')} ${row.model}` }),
			button(t('prices.delete'), () => remove(row, done), { 'class': 'small danger',
				'aria-label': `${t('prices.delete')} ${row.model}` })) },
	];
}

/* What was used and nobody knows the price of. */
async function unpriced(done) {
	const stats = await api.get('/admin/model-stats', { period: 'all' });
	const models = stats.filter((one) => one.unpriced > 0 && !one.pricing)
		.map((one) => one.model);

	return models.length > 0 && notice([h('p', {}, t('prices.unpriced')),
		h('div', { class: 'row' }, models.slice(0, UNPRICED_MAX).map((model) => button(model,
			() => edit({ model }, done), { class: 'small wrap' })),
		models.length > UNPRICED_MAX && t('prices.more', { n: models.length - UNPRICED_MAX }))],
	'warn');
}

export function prices(part) {
	const above = h('div', {});
	const reload = () => list.reload();
	const list = table({ label: t('settings.section.prices'), sort: { key: 'model' },
		empty: empty(t('prices.none')), columns: columns(reload),
		load: async () => {
			unpriced(reload).then((said) => replace(above, said))
				.catch(() => replace(above));
			return api.get(PATH);
		} });

	replace(part, h('section', { class: 'card' }, h('div', { class: 'card-head' },
		h('h2', {}, t('settings.section.prices')), h('div', { class: 'row' },
			h('a', { class: 'button', download: 'prices.csv',
				href: address(PATH, { format: 'csv' }).href }, t('requests.csv')),
			button(t('prices.import'), () => importPrices(reload)),
			button(t('prices.new'), () => edit({}, reload), { class: 'primary' }))),
	above, list, h('p', { class: 'small soft' }, t('prices.note'))));
}
