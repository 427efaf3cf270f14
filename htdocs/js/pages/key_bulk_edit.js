/* The form that changes many keys. */
import { t } from '../i18n.js';
import { number } from '../format.js';
import { h } from '../dom.js';
import { dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { complain } from '../ui/toast.js';
import { updateAll } from './key_many.js';
import { changeFields, choices, dress, updatesOf } from './key_fields.js';

/** names: Map id -> name; resolves to what updateAll gives, or to null. */
export async function openBulkEdit(names) {
	let from;

	try {
		from = await choices();
	} catch (e) {
		complain(e);
		return null;
	}
	return new Promise((resolve) => {
		const title = t('keys.bulk.edit.of', { n: number(names.size) });
		let result = null;
		const element = form({ fields: changeFields(from), submit: t('keys.bulk.edit.submit'),
			cancel: () => box.close(), onSubmit: async (all) => {
				const updates = updatesOf(all);

				if (!updates)
					throw new Error(t('keys.bulk.edit.nothing'));
				if (all.end === 'date' && !all.expiresAt)
					throw Object.assign(new Error(`expiresAt: ${t('form.required')}`),
						{ status: 400 });
				result = updateAll(title, names, updates);
				box.close();
			} });
		const box = dialog({ title, onClose: () => resolve(result), body: [
			h('p', { class: 'soft' }, t('keys.bulk.edit.intro')), dress(element, from)] });
	});
}
