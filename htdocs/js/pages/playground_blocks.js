/* The content blocks of an answer, each shown by its kind while it grows, and
 * kept as it has to be sent back. */
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';

function pretty(value) {
	return JSON.stringify(value, null, 2);
}

/* Text grows by appending: what is there already is not drawn again. */
function growing(tag, classes, text) {
	const node = document.createTextNode(text);

	return { node, element: h(tag, { class: classes }, node) };
}

function textBlock(block) {
	const shown = growing('div', 'answer-text', block.text ?? '');

	return { element: shown.element, text_delta(delta) {
		block.text += delta.text;
		shown.node.appendData(delta.text);
	} };
}

function thinkingBlock(block) {
	const shown = growing('div', ['answer-text', 'soft'], block.thinking ?? '');

	return { element: h('details', { class: 'block', open: true },
		h('summary', {}, t('playground.block.thinking')), shown.element),
	thinking_delta(delta) {
		block.thinking += delta.thinking;
		shown.node.appendData(delta.thinking);
	},
	signature_delta(delta) {
		block.signature = (block.signature ?? '') + delta.signature;
	} };
}

/* Arguments come as pieces of JSON; whole, they are shown in order. */
function toolBlock(block) {
	const code = h('code', {}, Object.keys(block.input ?? {}).length ? pretty(block.input) : '');
	let text = '';

	return { element: h('section', { class: 'block' },
		h('h3', {}, t('playground.block.tool'), ' ', h('code', {}, block.name)),
		h('pre', { class: 'wrapped' }, code)),
	input_json_delta(delta) {
		text += delta.partial_json;
		code.append(delta.partial_json);
	},
	end() {
		if (!text)
			return;
		try {
			block.input = JSON.parse(text);
			replace(code, pretty(block.input));
		} catch {
			block.input = {};
			code.after(h('div', { class: 'bad-text' }, t('playground.block.broken')));
		}
	} };
}

function otherBlock(block) {
	return { element: h('details', { class: 'block' }, h('summary', {}, block.type),
		h('pre', { class: 'wrapped' }, h('code', {}, pretty(block)))) };
}

const kinds = { text: textBlock, thinking: thinkingBlock, tool_use: toolBlock,
	server_tool_use: toolBlock };

/** {element, start(index, block), delta(index, delta), stop(index), content()} */
export function blockList() {
	const element = h('div', { class: 'stack tight' });
	const blocks = new Map();

	return {
		element,
		start(index, block) {
			const copy = structuredClone(block);
			const shown = (kinds[copy.type] ?? otherBlock)(copy);

			blocks.set(index, { block: copy, shown });
			element.append(shown.element);
		},
		delta(index, delta) {
			const shown = blocks.get(index)?.shown;

			if (shown && Object.hasOwn(shown, delta.type))
				shown[delta.type](delta);
		},
		stop(index) {
			blocks.get(index)?.shown.end?.();
		},
		content: () => [...blocks.values()].map((one) => one.block),
	};
}
