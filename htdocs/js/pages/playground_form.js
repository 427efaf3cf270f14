/* The form of the playground, and the body that it stands for. */
import { freshId, h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { form } from '../ui/form.js';
import { imageChoice } from './playground_image.js';
import { keyChoice } from './playground_keys.js';
import { turnList } from './playground_turns.js';

const first = { model: '', system: '', max_tokens: 1024, temperature: '', thinking: '',
	tools: null, extra: null, stream: true };
const start = [{ role: 'user', content: '' }];

/* With the last message of the user; it may have blocks already. */
function withImage(messages, image) {
	const at = messages.findLastIndex((one) => one.role === 'user');

	if (!image || at < 0)
		return messages;
	const { role, content } = messages[at];
	const blocks = typeof content !== 'string' ? content :
		content ? [{ type: 'text', text: content }] : [];

	return messages.map((one, i) => i === at ? { role, content: [image, ...blocks] } : one);
}

function bodyOf(values, image) {
	const { model, system, max_tokens, temperature, thinking, tools, extra, stream } = values;

	return {
		model, max_tokens, ...system && { system },
		messages: withImage(values.messages, image),
		...temperature !== null && { temperature },
		...thinking !== null && { thinking: { type: 'enabled', budget_tokens: thinking } },
		...tools && { tools }, ...stream && { stream }, ...extra,
	};
}

function fields(key, model, turns, image) {
	return [
		{ name: 'key', label: t('playground.key'), control: key.input, required: true,
			help: [t('playground.key.help'), key.element] },
		{ name: 'model', label: t('playground.model'), control: model, required: true,
			help: t('playground.model.help') },
		{ name: 'system', label: t('playground.system'), type: 'textarea', rows: 2 },
		{ name: 'messages', label: t('playground.messages'), control: turns.element,
			type: 'json', read: turns.read, help: t('playground.messages.help') },
		{ name: 'image', label: t('playground.image'), control: image.input,
			read: () => '', help: [t('playground.image.help'), image.element] },
		{ name: 'max_tokens', label: 'max_tokens', type: 'number', min: 1, step: 1,
			required: true, help: t('playground.max') },
		{ name: 'stream', label: t('playground.stream'), type: 'checkbox' },
		{ name: 'temperature', label: 'temperature', type: 'number', min: 0, step: 'any',
			group: t('playground.more'), help: t('playground.temperature') },
		{ name: 'thinking', label: t('playground.thinking'), type: 'number', min: 1, step: 1,
			group: t('playground.more'), help: t('playground.thinking.help') },
		{ name: 'tools', label: t('playground.tools'), type: 'json', rows: 6,
			group: t('playground.more'), placeholder: '[{"name": "…", "input_schema": {…}}]',
			help: t('playground.tools.help') },
		{ name: 'extra', label: t('playground.extra'), type: 'json',
			group: t('playground.more'), placeholder: '{"stop_sequences": ["END"]}',
			help: t('playground.extra.help') },
	];
}

function modelInput() {
	const list = h('datalist', { id: freshId('models') });
	const input = h('input', { type: 'text', list: list.id, autocomplete: 'off',
		spellcheck: 'false', placeholder: 'claude-sonnet-4-5' });

	return { list, input, offer(models) {
		replace(list, models.map((value) => h('option', { value })));
		if (!input.value && models.length)
			input.value = models[0];
	} };
}

/* What is typed now, whatever it is: for the next visit, and for curl. */
function draftOf(element, turns) {
	const draft = Object.fromEntries(Object.keys(first).map((name) => {
		const input = element.field(name);

		return [name, input.type === 'checkbox' ? input.checked : input.value];
	}));

	return { ...draft, key: element.field('key').value, messages: turns.draft() };
}

function number(text) {
	return text === '' ? null : Number(text);
}

function json(text) {
	return text.trim() ? JSON.parse(text) : null;
}

/* null while something in it is no JSON yet. */
function readDraft(element, turns) {
	const draft = draftOf(element, turns);

	try {
		return { ...draft, messages: turns.read(), max_tokens: number(draft.max_tokens),
			temperature: number(draft.temperature), thinking: number(draft.thinking),
			tools: json(draft.tools), extra: json(draft.extra) };
	} catch {
		return null;
	}
}

/**
 * kept: where the draft and the keys are remembered; given: fields that come from
 * elsewhere; onSend({key, body});
 * onChange({body}) whenever it is another request.
 * Gives {element, append(turns), reset(), keep(), changed()}.
 */
export function requestForm({ kept, given, onSend, onChange }) {
	kept.keys ??= [];
	const turns = turnList();
	const model = modelInput();
	const image = imageChoice(() => changed());
	const key = keyChoice({ known: kept.keys, onChange: () => changed(),
		onModels: (models) => {
			model.offer(models);
			changed();
		} });
	const element = form({ fields: fields(key, model.input, turns, image), values: first,
		submit: t('playground.send'),
		onSubmit: (values) => onSend({ key: values.key, body: bodyOf(values, image.block()) }) });

	function changed() {
		const values = readDraft(element, turns);

		if (values)
			onChange({ body: bodyOf(values, image.block()) });
	}

	function fill(draft) {
		for (const [name, value] of Object.entries(draft)) {
			const input = element.field(name);

			if (name === 'messages')
				turns.set(value);
			else if (input.type === 'checkbox')
				input.checked = value;
			else
				input.value = value ?? '';
		}
	}

	element.append(model.list);
	element.addEventListener('paste', (event) => {
		const [file] = event.clipboardData?.files ?? [];

		if (file) {
			event.preventDefault();
			image.take(file);
		}
	});
	element.addEventListener('input', changed);
	element.addEventListener('keydown', (event) => {
		const busy = element.querySelector('[type=submit]').disabled;

		if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !busy) {
			event.preventDefault(); /* the focus moves on */
			element.requestSubmit();
		}
	});
	fill({ ...kept.draft ?? { ...first, messages: start }, ...given });
	key.check();
	return {
		element, changed,
		append: turns.append,
		keep() {
			kept.draft = draftOf(element, turns);
		},
		reset() {
			fill({ ...first, model: model.input.value, messages: start });
			image.clear();
		},
	};
}
