/* Elements are made here and nowhere from text: what comes from outside can
 * become text of a node or the value of an attribute, never markup. */

const properties = new Set(['value', 'checked', 'disabled', 'selected',
	'hidden', 'indeterminate', 'open']);
/* A link that came with data must not become a script. */
const addresses = new Set(['href', 'src', 'action', 'formaction']);

function isSafeAddress(text) {
	try {
		const url = new URL(text, document.baseURI);
		return ['http:', 'https:', 'blob:'].includes(url.protocol);
	} catch {
		return false;
	}
}

function setOne(node, name, value) {
	if (value === undefined || value === null || value === false &&
	    !properties.has(name))
		return;
	if (name.startsWith('on')) {
		if (typeof value !== 'function')
			throw new TypeError(`${name} wants a function`);
		node.addEventListener(name.slice(2), value);
	} else if (name === 'class') {
		node.setAttribute('class',
			[].concat(value).filter(Boolean).join(' '));
	} else if (name === 'data') {
		Object.assign(node.dataset, value);
	} else if (properties.has(name)) {
		node[name] = value;
	} else if (name === 'style' || name === 'srcdoc') {
		throw new TypeError(`${name} is not for data; use a class`);
	} else if (!addresses.has(name) || isSafeAddress(String(value))) {
		node.setAttribute(name, value === true ? '' : String(value));
	}
}

function add(node, child) {
	if (child === null || child === undefined || child === false)
		return;
	if (Array.isArray(child))
		child.forEach((one) => add(node, one));
	else
		node.append(child instanceof Node ? child : String(child));
}

/**
 * h('p', {class: 'soft'}, 'text', node, [more]) makes an element.
 *
 * Properties: class (text or list), data (an object), onclick and the like
 * (functions), any attribute; null, undefined and false leave it out.
 * Children: nodes, lists, and anything else as text; null and false are left
 * out.
 */
export function h(tag, props, ...children) {
	const node = document.createElement(tag);

	/* value after the options of a select */
	const { value, ...rest } = props ?? {};

	for (const [name, one] of Object.entries(rest))
		setOne(node, name, one);
	add(node, children);
	setOne(node, 'value', value);
	return node;
}

/** Puts new children in place of the old ones. */
export function replace(node, ...children) {
	node.replaceChildren();
	add(node, children);
	return node;
}

/**
 * Draws a part anew; whoever was at an element of it that data-focus names is
 * there again, or at the part when that is gone.
 */
export function keepFocus(node, draw) {
	const at = node.contains(document.activeElement) && document.activeElement.dataset.focus;

	draw();
	if (at)
		(node.querySelector(`[data-focus="${CSS.escape(at)}"]`) ?? node)
			.focus({ preventScroll: true });
}

let lastId = 0;

/** An id for labels and descriptions. */
export function freshId(prefix = 'id') {
	lastId += 1;
	return `${prefix}-${lastId}`;
}

/** A button: button('Save', save, {class: 'primary'}). */
export function button(label, onclick, props = {}) {
	const { class: classes, ...rest } = props;

	return h('button', {
		type: 'button', class: ['button'].concat(classes), onclick, ...rest,
	}, label);
}
