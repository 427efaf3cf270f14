/* What a number of a setting means: its unit stands in its name. */
import { duration, number } from '../format.js';

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;
const times = { ms: 1, seconds: SECOND, minutes: MINUTE, hours: HOUR, days: 24 * HOUR };
const sizes = { bytes: 1, kb: 1024, mb: 1024 ** 2 };
const names = ['bytes', 'KB', 'MB', 'GB', 'TB'];

function size(bytes) {
	let n = bytes, i = 0;

	while (n >= 1024 && i < names.length - 1) {
		n /= 1024;
		i++;
	}
	return `${number(n)} ${names[i]}`;
}

/** "15 min" of ('idle_ms', 900000); null when there is no unit. */
export function meaning(name, value) {
	const unit = name.slice(name.lastIndexOf('_') + 1);

	if (typeof value !== 'number')
		return null;
	if (unit in times)
		return duration(value * times[unit]).replace('.0 ', ' ');
	return unit in sizes ? size(value * sizes[unit]) : null;
}
