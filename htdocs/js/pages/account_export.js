/* All accounts as a file that the import takes, without secrets. */
import { api } from '../api.js';
import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { snippet } from '../ui/copy.js';
import { dialog } from '../ui/dialog.js';
import { notice } from '../ui/state.js';
import { complain } from '../ui/toast.js';
import { faces } from './account_api.js';

/* Each with its platform, so that one file holds all types. */
async function load() {
	const lists = await Promise.all(Object.entries(faces).map(async ([platform, { path }]) => {
		const { accounts } = await api.get(`${path}/export`);

		return accounts.map((one) => ({ platform, ...one }));
	}));

	return lists.flat();
}

export async function exportDialog() {
	let accounts;

	try {
		accounts = await load();
	} catch (e) {
		complain(e);
		return;
	}
	const exportedAt = new Date().toISOString();
	const text = JSON.stringify({ exportedAt, accounts }, null, 2);
	const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
	const withheld = accounts.filter((one) => one.withheld?.length).length;
	const box = dialog({ title: t('accounts.export'), onClose: () => URL.revokeObjectURL(url),
		body: [
			h('p', {}, t('accounts.export.help', { n: accounts.length })),
			withheld > 0 && notice(t('accounts.export.withheld', { n: withheld }), 'warn'),
			snippet(text, t('accounts.export')),
			h('div', { class: 'actions-row' },
				button(t('dialog.close'), () => box.close()),
				h('a', { class: 'button primary', href: url,
					download: `llmrelay-accounts-${exportedAt.slice(0, 10)}.json` },
				t('accounts.export.save'))),
		] });

	box.element.classList.add('exports');
}
