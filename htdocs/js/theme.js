/* Before anything is drawn: dark or light, as chosen or as the system has it.
 * A plain script, so that a page never flashes in the wrong one. */
(function () {
	'use strict';

	const dark = matchMedia('(prefers-color-scheme: dark)');

	function chosen() {
		try {
			return localStorage.getItem('llmrelay.theme');
		} catch (e) {
			return null; /* storage is switched off */
		}
	}

	function apply() {
		const want = chosen();
		const is = want === 'dark' || want === 'light' ? want :
			dark.matches ? 'dark' : 'light';
		document.documentElement.dataset.theme = is;
	}

	apply();
	dark.addEventListener('change', apply);
	addEventListener('storage', apply);
	addEventListener('llmrelay-theme', apply);
})();
