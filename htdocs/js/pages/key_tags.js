/* The tags in use; one is renamed or taken off all keys that have it. */
import { api } from '../api.js';
import { button, h, replace } from '../dom.js';
import { number } from '../format.js';
import { t } from '../i18n.js';
import { link } from '../router.js';
import { confirm, dialog } from '../ui/dialog.js';
import { form } from '../ui/form.js';
import { pageHead } from '../ui/state.js';
import { table } from '../ui/table.js';
import { complain } from '../ui/toast.js';
import { allKeys, updateAll } from './key_many.js';
import { PATH } from './key_parts.js';

function columns(rename, remove) {
	return [
		{ key: 'name', label: t('keys.tag'), sort: true, class: 'name', render: (row) =>
			h('a', { href: link('keys', { tag: row.name }) }, row.name) },
		{ key: 'count', label: t('keys.tag.keys'), sort: true, class: 'number',
			render: (row) => number(row.count) },
		{ key: 'acts', label: '', class: 'actions', render: (row) => h('div', { class: 'row' },
			button(t('keys.tag.rename'), () => rename(row.name), { 'class': 'small',
				'aria-label': `${t('keys.tag.rename')}: ${row.name}` }),
			button(t('keys.tag.remove'), () => remove(row.name), { 'class': 'small danger',
				'aria-label': `${t('keys.tag.remove')}: ${row.name}` })) },
	];
}

export function renderTags(body) {
	/* Added first and removed after: a stop leaves no key without either. */
	function rename(tag) {
		const box = dialog({ title: t('keys.tag.rename.of', { tag }), narrow: true, body: form({
			fields: [{ name: 'tags', label: t('keys.tag.new'), required: true,
				help: t('keys.tag.new.help'), read: (input) => input.value.trim() }],
			values: { tags: tag }, submit: t('keys.tag.rename'), cancel: () => box.close(),
			onSubmit: async ({ tags: name }) => {
				const names = name === tag ? new Map() : await allKeys({ tag });

				box.close();
				if (!names.size)
					return;
				const added = await updateAll(t('keys.tag.rename.of', { tag }), names,
					{ tagOperation: 'add', tags: [name] });

				if (!added.bad.length && !added.stopped)
					await updateAll(t('keys.tag.rename.of', { tag }), names,
						{ tagOperation: 'remove', tags: [tag] });
				list.reload();
			} }) });
	}

	async function remove(tag) {
		const yes = await confirm({ title: t('keys.tag.remove'), action: t('keys.tag.remove'),
			text: t('keys.tag.remove.ask', { tag }) });

		if (!yes)
			return;
		try {
			await updateAll(t('keys.tag.remove'), await allKeys({ tag }),
				{ tagOperation: 'remove', tags: [tag] });
			list.reload();
		} catch (e) {
			complain(e);
		}
	}

	const list = table({ label: t('keys.tags'), empty: t('keys.tags.none'),
		sort: { key: 'name', down: false },
		load: () => api.get(`${PATH}/tags/details`), columns: columns(rename, remove) });

	replace(body, pageHead(t('keys.tags'), t('keys.tags.intro'),
		h('a', { class: 'button', href: link('keys') }, t('keys.back'))),
	list);
}
