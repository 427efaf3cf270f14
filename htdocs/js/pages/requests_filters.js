/* The filters of lists of requests: from the address, into the address and into
 * the query of the API. */
import { api } from '../api.js';
import { button, freshId, h } from '../dom.js';
import { t } from '../i18n.js';
import { accounts, keys } from '../names.js';

const HOUR = 3600 * 1000;
const spans = { '1h': HOUR, '24h': 24 * HOUR, '7d': 7 * 24 * HOUR, '30d': 30 * 24 * HOUR };
const names = ['span', 'from', 'to', 'keyId', 'accountId', 'model', 'outcome', 'status', 'error'];

/** The filters that an address names. */
export function readFilters(query, span) {
	const filters = Object.fromEntries(names.map((name) => [name, query[name] ?? '']));

	if (!(filters.span in spans) && !['all', 'dates'].includes(filters.span))
		filters.span = span;
	return filters;
}

/** They as the API takes them. */
export function apiQuery({ span, from, to, ...rest }) {
	const now = Date.now();

	if (span === 'dates')
		return { ...rest, startDate: from, endDate: to };
	return { ...rest, startDate: span in spans ? new Date(now - spans[span]).toISOString() : '' };
}

function labelled(name, control) {
	control.id = freshId(`filter-${name}`);
	control.name = name;
	return h('div', { class: 'field' },
		h('label', { for: control.id }, t(`requests.filter.${name}`)), control);
}

function select(name, options, value, set) {
	const control = h('select', { value, onchange: () => set(name, control.value) },
		options.map(([v, text]) => h('option', { value: v }, text)));

	return { control, element: labelled(name, control) };
}

/* Names come later than the page; what the address names is there at once. */
function named(name, value, load, set) {
	const { control, element } = select(name, [['', t('requests.any')],
		...value ? [[value, value]] : []], value, set);

	load().then((of) => {
		const now = control.value;

		control.replaceChildren();
		control.append(h('option', { value: '' }, t('requests.any')));
		if (now && !of.has(now))
			control.append(h('option', { value: now }, now));
		of.forEach((text, id) => control.append(h('option', { value: id }, text)));
		control.value = now;
	}).catch(() => { /* the list itself says what is wrong */ });
	return element;
}

function typed(name, value, set, props = {}) {
	const control = h('input', { type: 'search', autocomplete: 'off', spellcheck: 'false',
		value, onchange: () => set(name, control.value.trim()), ...props });

	return { control, element: labelled(name, control) };
}

function models(value, set) {
	const list = h('datalist', { id: freshId('models') });
	const { element } = typed('model', value, set, { list: list.id });

	api.get('/admin/model-stats', { period: 'all' }).then((stats) => list.append(
		...stats.slice(0, 200).map((one) => h('option', { value: one.model }))))
		.catch(() => { /* it can be typed */ });
	element.append(list);
	return element;
}

/* The reader's zone outside, UTC inside. */
function local(iso) {
	const when = new Date(iso);

	return Number.isNaN(when.getTime()) ? '' :
		new Date(when.getTime() - when.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function dates(filters, set) {
	return ['from', 'to'].map((name) => {
		const control = h('input', { type: 'datetime-local', value: local(filters[name]),
			onchange: () => set(name, control.value ?
				new Date(control.value).toISOString() : '') });
		const element = labelled(name, control);

		element.hidden = filters.span !== 'dates';
		return element;
	});
}

const makers = {
	key: (f, set) => named('keyId', f.keyId, keys, set),
	account: (f, set) => named('accountId', f.accountId, accounts, set),
	model: (f, set) => models(f.model, set),
	outcome: (f, set) => select('outcome', ['', 'complete', 'error', 'aborted', 'interrupted']
		.map((one) => [one, one ? t(`outcome.${one}`) : t('requests.any')]),
	f.outcome, set).element,
	status: (f, set) => typed('status', f.status, set, { placeholder: '429, 5xx' }).element,
	error: (f, set) => typed('error', f.error, set, { placeholder: 'api_error' }).element,
};

/**
 * filterBar({filters, fields: ['key', 'model', ...], spans, onChange(filters)})
 * -> element
 */
export function filterBar({ filters, fields, spans: shown, onChange }) {
	const now = { ...filters };

	function set(name, value) {
		now[name] = value;
		from.hidden = to.hidden = now.span !== 'dates';
		if (now.span !== 'dates')
			now.from = now.to = '';
		onChange({ ...now });
	}

	const [from, to] = dates(filters, set);

	return h('form', { class: 'filters', role: 'search', onsubmit: (event) =>
		event.preventDefault() },
	select('span', shown.map((one) => [one, t(`requests.span.${one}`)]), filters.span, set)
		.element, from, to, fields.map((one) => makers[one](filters, set)));
}

/** A button that goes back to no filter, when there is one. */
export function clearButton(filters, clear) {
	const { span: _span, ...rest } = filters;

	return Object.values(rest).some(Boolean) &&
		button(t('requests.clear'), clear, { class: 'small' });
}
