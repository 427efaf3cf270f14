/* The API keys of clients: the list, and below it #/keys/new, batch, trash,
 * tags, ID and ID/edit. */
import { renderBatch } from './key_batch.js';
import { renderKey } from './key_detail.js';
import { renderEdit, renderNew } from './key_form.js';
import { renderList } from './key_list.js';
import { renderTags } from './key_tags.js';
import { renderTrash } from './key_trash.js';

export const title = 'page.keys';

const views = { new: renderNew, batch: renderBatch, trash: renderTrash, tags: renderTags };

export function render(body, { parts, query }) {
	const [first, second] = parts;

	if (!first)
		return renderList(body, query);
	if (Object.hasOwn(views, first))
		return views[first](body, query);
	return second === 'edit' ? renderEdit(body, first) : renderKey(body, first);
}
