/* Numbers, money and times as people read them. */
import { h } from './dom.js';
import { locale, t } from './i18n.js';

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/* Each is costly to make. */
const formats = new Map();

function format(language, options) {
	const key = `${language} ${JSON.stringify(options)}`;

	if (!formats.has(key))
		formats.set(key, new Intl.NumberFormat(language, options));
	return formats.get(key);
}

/** 12,345 */
export function number(n) {
	return n === null || n === undefined ? '–' :
		format(locale(), { maximumFractionDigits: 2 }).format(n);
}

/** 12.3K, for places that are narrow */
export function short(n) {
	return n === null || n === undefined ? '–' :
		format('en', { notation: 'compact', maximumFractionDigits: 1 }).format(n);
}

/** $0.0123: two digits, more when it is less than a cent */
export function cost(usd) {
	if (usd === null || usd === undefined)
		return '–';
	if (usd > 0 && usd < 0.00005)
		return '<$0.0001';
	const digits = usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2;

	return `$${format('en', { minimumFractionDigits: digits,
		maximumFractionDigits: digits }).format(usd)}`;
}

/** 4 h 5 min; at most two parts */
export function duration(ms) {
	if (ms === null || ms === undefined)
		return '–';
	if (ms < 1000)
		return `${Math.round(ms)} ms`;
	if (ms < 60 * 1000)
		return `${(ms / 1000).toFixed(1)} s`;
	const minutes = Math.round(ms / 60000);
	const parts = [[Math.floor(minutes / 1440), t('unit.d')],
		[Math.floor(minutes / 60) % 24, t('unit.h')],
		[minutes % 60, t('unit.min')]].filter(([n]) => n > 0);

	return parts.slice(0, 2).map(([n, unit]) => `${n} ${unit}`).join(' ');
}

/** How fast: tokens in so many milliseconds; null when that says nothing. */
export function speed(tokens, ms) {
	if (tokens < 2 || !(ms >= 50))
		return null;
	const rate = tokens * 1000 / ms;

	return t('requests.speed.value', { n: number(rate < 20 ? Math.round(rate * 10) / 10 :
		Math.round(rate)) });
}

/** UTC+8 */
export function offset(date = new Date()) {
	const minutes = -date.getTimezoneOffset();
	const sign = minutes < 0 ? '−' : '+';
	const rest = Math.abs(minutes) % 60;

	return `UTC${sign}${Math.floor(Math.abs(minutes) / 60)}` +
		(rest ? `:${String(rest).padStart(2, '0')}` : '');
}

/** 2026-11-24 14:05:09 in the reader's zone, as text */
export function timeText(when, seconds = false) {
	const d = new Date(when);
	const two = (n) => String(n).padStart(2, '0');

	if (when === null || when === undefined || Number.isNaN(d.getTime()))
		return '–';
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ` +
		`${two(d.getHours())}:${two(d.getMinutes())}` +
		(seconds ? `:${two(d.getSeconds())}` : '');
}

/** The same as an element that tells the zone and UTC. */
export function time(when, seconds = false) {
	const text = timeText(when, seconds);

	if (text === '–')
		return h('span', { class: 'soft' }, t('time.never'));
	const iso = new Date(when).toISOString();

	return h('time', { datetime: iso, title: `${offset(new Date(when))} · ${iso}` }, text);
}

/** "3 min ago", with the time itself as its title */
export function ago(when) {
	const element = time(when);
	const ms = Date.now() - new Date(when).getTime();

	if (element.tagName !== 'TIME')
		return element;
	const steps = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
	const [size, unit] = steps.find(([s]) => Math.abs(ms) / 1000 >= s) ?? steps[3];

	element.title = `${element.textContent} ${element.title}`;
	element.textContent = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' })
		.format(-Math.round(ms / 1000 / size), unit);
	return element;
}
