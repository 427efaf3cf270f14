/* The accounts: #/accounts, .../new, .../groups, .../import, .../TYPE/ID and
 * .../TYPE/ID/edit. */
import { faces } from './account_api.js';
import { renderEdit, renderNew } from './account_form.js';
import { renderGroups } from './account_groups.js';
import { renderImport } from './account_import.js';
import { renderList } from './account_list.js';
import { renderOne } from './account_show.js';

export const title = 'page.accounts';

const views = { new: renderNew, groups: renderGroups, import: renderImport };

export function render(body, at) {
	const [first, id, last] = at.parts;

	if (views[first])
		return views[first](body, at);
	if (faces[first] && id)
		return last === 'edit' ? renderEdit(body, first, id) : renderOne(body, first, id);
	return renderList(body, at);
}
