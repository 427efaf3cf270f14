/* Settings: what the relay is set to, what models cost, whom it tells, who may log
 * in, who did what, and what is wrong with the installation.  Which section stands
 * in the address. */
import { h, replace } from '../dom.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { pageHead, tabs } from '../ui/state.js';
import { admins } from './settings_admins.js';
import { audit } from './settings_audit.js';
import { prices } from './settings_prices.js';
import { selftest } from './settings_selftest.js';
import { values } from './settings_values.js';
import { webhook } from './settings_webhook.js';

export const title = 'page.settings';

const sections = { values, prices, webhook, admins, audit, selftest };

export function render(body, { parts, query }) {
	const now = parts[0] in sections ? parts[0] : 'values';
	const part = h('div', { class: 'stack' });

	replace(body, pageHead(t('page.settings'), t(`settings.intro.${now}`)),
		tabs(t('settings.sections'), Object.keys(sections).map((one) =>
			[one, t(`settings.section.${one}`), one === 'values' ? link('settings') :
				link('settings', {}, one)]), now), part);
	return sections[now](part, query);
}
