/* What pages keep while the tab lives: in memory alone, never stored, and gone
 * with the login. */

const kept = new Map();

/** The object of that name, empty at first: memory('playground').draft = ... */
export function memory(name) {
	if (!kept.has(name))
		kept.set(name, {});
	return kept.get(name);
}

export function forgetAll() {
	kept.clear();
}
