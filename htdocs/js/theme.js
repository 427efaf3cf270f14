/* Before anything is drawn: dark or light, as chosen or as the system has it.
 * A plain script, so that a page never flashes in the wrong one; and the words
 * begin to come while the modules do. */
(function () {
	'use strict';

	const dark = matchMedia('(prefers-color-scheme: dark)');

	function chosen(what) {
		try {
			return localStorage.getItem(`llmrelay.${what}`);
		} catch (e) {
			return null; /* storage is switched off */
		}
	}

	function apply() {
		const want = chosen('theme');
		const is = want === 'dark' || want === 'light' ? want :
			dark.matches ? 'dark' : 'light';
		document.documentElement.dataset.theme = is;
	}

	apply();
	/* Mostly what i18n.js will choose; if not, it asks for the other. */
	import((chosen('language') || navigator.language).startsWith('zh') ?
		'./lang/zh.js' : './lang/en.js').catch(() => {});
	dark.addEventListener('change', apply);
	addEventListener('storage', apply);
	addEventListener('llmrelay-theme', apply);
})();
