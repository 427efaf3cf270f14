/* Words in the reader's language: chosen by the switch, else as the browser
 * asks (Accept-Language is navigator.languages here). */

const loaders = { en: () => import('./lang/en.js'), zh: () => import('./lang/zh.js') };
export const languages = { en: 'English', zh: '中文' };

let now = 'en';
let words = {};

function stored() {
	try {
		return localStorage.getItem('llmrelay.language');
	} catch {
		return null;
	}
}

function wanted() {
	const choices = [stored(), ...navigator.languages].filter(Boolean);

	for (const one of choices) {
		const short = one.toLowerCase().split('-')[0];

		if (short in loaders)
			return short;
	}
	return 'en';
}

/** Loads the words; before anything is drawn. */
export async function loadLanguage() {
	now = wanted();
	words = (await loaders[now]()).default;
	document.documentElement.lang = now === 'zh' ? 'zh-CN' : now;
}

export async function chooseLanguage(name) {
	try {
		localStorage.setItem('llmrelay.language', name);
	} catch { /* then for this page only */ }
	now = name;
	words = (await loaders[now]()).default;
	document.documentElement.lang = now === 'zh' ? 'zh-CN' : now;
}

/** The language as Intl names it. */
export function locale() {
	return now === 'zh' ? 'zh-CN' : 'en';
}

export function language() {
	return now;
}

/**
 * t(KEY, {name}) -> the text of lang/*.js, {name} filled in.  A key
 * that does not exist is shown as it is, so that it is noticed.
 */
export function t(key, vars) {
	const text = words[key] ?? key;

	if (!vars)
		return text;
	return text.replace(/\{(\w+)\}/g, (whole, name) =>
		name in vars ? String(vars[name]) : whole);
}

/** Whether there is such a text. */
export function has(key) {
	return key in words;
}
