/* The one form: label and help at each field, and what the API says against a
 * value shown at its field. */
import { freshId, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { notice } from './state.js';

/* Text of the input <-> value of the API, by type. */
const kinds = {
	text: { show: (v) => v ?? '', read: (s) => s },
	number: { show: (v) => v ?? '', read: (s) => s === '' ? null : Number(s) },
	list: { show: (v) => (v ?? []).join('\n'),
		read: (s) => s.split(/[\n,]/).map((one) => one.trim()).filter(Boolean) },
	json: { show: (v) => v === null || v === undefined ? '' : JSON.stringify(v, null, 2),
		read: (s) => s.trim() === '' ? null : JSON.parse(s) },
	/* The reader's zone outside, UTC inside. */
	datetime: { show: (v) => v ? new Date(new Date(v).getTime() -
			new Date(v).getTimezoneOffset() * 60000).toISOString().slice(0, 16) : '',
	read: (s) => s === '' ? null : new Date(s).toISOString() },
};

function control(field, id, value) {
	const same = { id, name: field.name, required: field.required,
		placeholder: field.placeholder, autocomplete: field.autocomplete ?? 'off' };

	switch (field.type) {
	case 'checkbox':
		return h('input', { type: 'checkbox', id, name: field.name, checked: !!value });
	case 'select':
		return h('select', { ...same, placeholder: null, value: value ?? field.options[0][0] },
			field.options.map(([v, text]) => h('option', { value: v }, text)));
	case 'checks':
		return h('div', { id, class: 'checks', role: 'group', tabindex: '-1',
			'aria-labelledby': `${id}-label` }, field.options.map(([v, text, help]) =>
			h('label', {}, h('input', { type: 'checkbox', value: v, name: field.name,
				checked: (value ?? []).includes(v) }),
			h('span', {}, text, help && h('span', { class: 'help' }, help)))));
	case 'textarea': case 'list': case 'json':
		return h('textarea', { ...same, rows: field.rows ?? 3, spellcheck: 'false',
			class: field.type !== 'textarea' && 'code',
			value: (kinds[field.type] ?? kinds.text).show(value) });
	default:
		return h('input', { ...same, min: field.min, max: field.max, step: field.step,
			type: field.type === 'datetime' ? 'datetime-local' : field.type ?? 'text',
			value: (kinds[field.type] ?? kinds.text).show(value) });
	}
}

function makeField(field, value) {
	const id = freshId(`field-${field.name}`);
	const input = field.control ?? control(field, id, value);
	const help = field.help && h('div', { class: 'help', id: `${id}-help` }, field.help);
	const wrong = h('div', { class: 'wrong', id: `${id}-wrong` });
	const single = field.type !== 'checks';
	const label = h(single ? 'label' : 'span', { class: !single && 'label',
		id: `${id}-label` }, field.label,
	field.required || field.type === 'checkbox' ? null :
		h('span', { class: 'optional' }, field.optional ?? ''));

	input.id ||= id;
	if (single)
		label.htmlFor = input.id;
	input.setAttribute('aria-describedby', `${help ? `${id}-help ` : ''}${id}-wrong`);
	return { field, input, wrong, element: field.type === 'checkbox' ?
		h('div', { class: 'field check' }, input, label, help, wrong) :
		h('div', { class: 'field' }, label, input, help, wrong) };
}

function readField({ field, input }) {
	if (field.read)
		return field.read(input);
	if (field.type === 'checkbox')
		return input.checked;
	if (field.type === 'checks')
		return [...input.querySelectorAll('input:checked')].map((one) => one.value);
	return (kinds[field.type] ?? kinds.text).read(input.value);
}

function say(part, text) {
	part.wrong.textContent = text;
	if (text)
		part.input.setAttribute('aria-invalid', 'true');
	else
		part.input.removeAttribute('aria-invalid');
}

/* "priority must be ...": the API names the field, first of all it says. */
function partOf(parts, message) {
	const named = (part, text) => new RegExp(`(^|[^\\w])${part.field.name}([^\\w]|$)`)
		.test(text);
	const start = message.split(/\s/).slice(0, 2).join(' ');

	return parts.find((part) => part.field.says?.test(message)) ??
		parts.find((part) => named(part, start)) ??
		parts.find((part) => named(part, message));
}

/* Where the fields stand: in the form, in a part with a heading, or folded. */
function place(element, parts) {
	const boxes = new Map();

	function boxOf({ section, group }) {
		const name = section ?? group;

		if (!name)
			return element;
		if (!boxes.has(name)) {
			const box = h(section ? 'section' : 'div', { class: 'form' },
				section && h('h2', {}, section));

			boxes.set(name, box);
			element.append(section ? box : h('details', {}, h('summary', {}, name), box));
		}
		return boxes.get(name);
	}

	for (const part of parts) {
		const box = boxOf(part.field);
		let last = box.lastElementChild;

		if (part.field.half && !last?.classList.contains('two')) {
			last = h('div', { class: 'two' });
			box.append(last);
		}
		(part.field.half ? last : box).append(part.element);
	}
}

/**
 * form({
 *   fields: [{name, label, help, type, required, options, ...}],
 *       type: text (default), password, number, url, email, search, checkbox,
 *       select (options: [[value, text]]), checks (options: [[value, text, help]]
 *       -> array), textarea, list (lines -> array), json, datetime (reader's
 *       zone -> ISO 8601); min, max, step, placeholder, autocomplete, rows;
 *       control and read(control) for one of your own;
 *       section: heading, group: text of a folded part that fields with the same
 *       stand in; half: two beside each other; says: a RegExp of what the API
 *       says against it without naming it; mistake: text when it cannot be read
 *   values: {name: value}
 *   submit: text of the button,  cancel: function or nothing
 *   onSubmit: async (values, changed) -> anything; what it throws is shown.
 *       changed has only what differs from values, for a PUT
 * }) -> form element with read(), field(name) and fail(error)
 */
export function form({ fields, values = {}, submit, cancel, onSubmit }) {
	const parts = fields.map((field) => makeField(field, values[field.name]));
	const above = h('div', { hidden: true });
	const send = h('button', { type: 'submit', class: 'button primary' },
		submit ?? t('form.save'));
	const element = h('form', { class: 'form', novalidate: true });
	function clear() {
		parts.forEach((part) => say(part, ''));
		above.hidden = true;
	}

	function show(part, text) {
		say(part, text);
		const folded = part.element.closest('details');

		if (folded)
			folded.open = true;
		part.input.focus();
	}

	function read() {
		const out = {};

		for (const part of parts) {
			let value;

			try {
				value = readField(part);
			} catch {
				show(part, part.field.mistake ?? t(`form.wrong.${part.field.type}`));
				return null;
			}
			if (part.field.required && (value === '' || value === null)) {
				show(part, t('form.required'));
				return null;
			}
			if (part.input.validity && !part.input.validity.valid &&
			    !part.input.validity.valueMissing) {
				show(part, part.input.validationMessage);
				return null;
			}
			out[part.field.name] = value;
		}
		return out;
	}

	function fail(e) {
		const message = e?.message || String(e);
		const part = parts.find((one) => one.field.name === e?.field) ??
			(e?.status === 400 || e?.status === 409 ? partOf(parts, message) : null);

		if (part) {
			show(part, message);
			return;
		}
		above.hidden = false;
		replace(above, notice(message, 'bad'));
	}

	element.addEventListener('submit', async (event) => {
		event.preventDefault();
		clear();
		const all = read();

		if (!all)
			return;
		const changed = Object.fromEntries(Object.entries(all).filter(([name, value]) =>
			JSON.stringify(value) !== JSON.stringify(values[name])));

		send.disabled = true;
		try {
			await onSubmit(all, changed);
		} catch (e) {
			fail(e);
		} finally {
			send.disabled = false;
		}
	});
	element.append(above);
	place(element, parts);
	element.append(h('div', { class: 'actions-row' },
		cancel && h('button', { type: 'button', class: 'button', onclick: cancel },
			t('dialog.cancel')), send));
	element.read = read;
	element.fail = fail;
	element.field = (name) => parts.find((part) => part.field.name === name)?.input;
	return element;
}
