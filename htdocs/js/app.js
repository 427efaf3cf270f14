/* The frame around the pages: navigation, language, theme, and the page that
 * the address asks for. */
import { whenLoggedOut } from './api.js';
import { button, h, replace } from './dom.js';
import { offset, zone } from './format.js';
import { chooseLanguage, language, languages, loadLanguage, t } from './i18n.js';
import { pageOf, pages } from './pages.js';
import { go, here, link } from './router.js';
import * as session from './session.js';
import { failed, loading } from './ui/state.js';
import { complain } from './ui/toast.js';

let turn = 0;
let leave = null;

function setTheme() {
	const dark = document.documentElement.dataset.theme === 'dark';

	try {
		localStorage.setItem('llmrelay.theme', dark ? 'light' : 'dark');
		dispatchEvent(new Event('llmrelay-theme'));
	} catch { /* then for this page only */
		document.documentElement.dataset.theme = dark ? 'light' : 'dark';
	}
}

function switches() {
	const select = h('select', { 'aria-label': t('frame.language'), 'value': language(),
		'onchange': async () => {
			await chooseLanguage(select.value);
			show();
		} }, Object.entries(languages).map(([value, text]) => h('option', { value }, text)));

	return h('div', { class: 'row' }, h('span', { class: 'inline-field' }, select),
		button('◐', setTheme, { 'class': 'quiet', 'aria-label': t('frame.theme'),
			'title': t('frame.theme') }));
}

async function logout() {
	try {
		await session.logout();
	} catch (e) {
		complain(e);
	}
	session.forget();
	go('login');
}

function person() {
	const user = session.current();

	if (!user)
		return h('a', { class: 'button', href: link('login') }, t('page.login'));
	return [h('ul', { class: 'nav' },
		h('li', {}, navLink('password')), h('li', {}, navLink('sessions'))),
	h('div', { class: 'row' },
		h('span', { class: 'small soft wrap' }, t('frame.user', { name: user.username })),
		button(t('frame.logout'), logout, { class: 'small' }))];
}

function navLink(name) {
	return h('a', { 'href': link(name), 'aria-current': here().name === name && 'page' },
		t(`page.${name}`));
}

function navigation() {
	const shown = pages.filter((p) => p.group && (p.open || session.current()));
	const groups = [...new Set(shown.map((p) => p.group))];

	return h('nav', { 'aria-label': t('frame.navigation') }, groups.map((group) => [
		h('div', { class: 'nav-heading' }, t(`nav.${group}`)),
		h('ul', { class: 'nav' }, shown.filter((p) => p.group === group)
			.map((p) => h('li', {}, navLink(p.name)))),
	]));
}

function side() {
	const menu = button(t('frame.menu'), () => {
		const open = box.classList.toggle('open');

		menu.setAttribute('aria-expanded', String(open));
	}, { 'class': 'menu-button', 'aria-expanded': 'false', 'aria-controls': 'menu' });
	const box = h('header', { class: 'side', onkeydown: (event) => {
		if (event.key === 'Escape' && box.classList.contains('open'))
			menu.click();
	} }, h('div', { class: 'side-head' },
		h('a', { class: 'brand', href: link(session.current() ? 'dashboard' : 'login') },
			h('img', { src: 'icon.svg', alt: '' }), 'llmrelay'), menu),
	h('div', { class: 'side-body', id: 'menu' }, navigation(),
		h('div', { class: 'side-foot' }, person(), switches())));

	return box;
}

/* One page: its module is loaded, its render fills the main part. */
async function draw(main, page, mine) {
	let module;

	try {
		module = await import(`./pages/${page.name}.js`);
	} catch (e) {
		console.error(e);
		replace(main, failed({ message: t('state.nopage') }, () => location.reload()));
		return;
	}
	if (mine !== turn)
		return;
	const body = h('div', { class: 'stack' });

	replace(main, body, h('p', { class: 'page-foot' },
		t('frame.zone', { zone, offset: offset() })));
	try {
		const end = await module.render(body, here()) ?? null;

		if (mine === turn)
			leave = end;
		else if (typeof end === 'function')
			end(); /* it was left before it was drawn */
	} catch (e) {
		replace(body, failed(e, show));
	}
}

/** Draws what the address asks for. */
async function show() {
	const mine = ++turn;
	const page = pageOf(here().name);

	if (typeof leave === 'function')
		leave();
	leave = null;
	document.querySelectorAll('dialog').forEach((one) => one.close());
	if (!page) {
		go(session.current() ? 'dashboard' : 'login', here().query);
		return;
	}
	if (!page.open && !session.current()) {
		go('login', { to: location.hash });
		return;
	}
	const main = h('main', { id: 'main', tabindex: '-1' }, loading());

	document.title = `${t(`page.${page.name}`)} · llmrelay`;
	replace(document.querySelector('#app'),
		button(t('frame.skip'), () => main.focus(), { class: 'skip' }),
		h('div', { class: 'frame' }, side(), main));
	await draw(main, page, mine);
}

async function start() {
	document.body.append(h('div', { id: 'app' }));
	await loadLanguage();
	try {
		await session.load();
	} catch (e) {
		complain(e);
	}
	whenLoggedOut(() => {
		if (!session.current())
			return;
		session.forget();
		go('login', { to: location.hash, ended: '1' });
	});
	addEventListener('hashchange', show);
	await show();
}

start();
