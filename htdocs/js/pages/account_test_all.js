/* Testing all accounts of the list, with what came of each. */
import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { dialog } from '../ui/dialog.js';
import { table } from '../ui/table.js';
import { addressOf } from './account_api.js';
import { gradeOf, runTests, testCell } from './account_test.js';

/** Tests accounts in a dialog; done() when it is closed, which ends the tests. */
export function testAllDialog(accounts, done) {
	const stop = new AbortController();
	const rows = accounts.map((account) => ({ account, state: t('accounts.test.waiting') }));
	const bar = h('progress', { 'class': 'bar', 'max': rows.length, 'value': 0,
		'aria-label': t('accounts.testall') });
	const summary = h('p', { 'aria-live': 'polite' });
	const counts = { good: 0, warn: 0, bad: 0 };
	let finished = 0;
	const list = table({ label: t('accounts.testall'), columns: [
		{ key: 'name', label: t('accounts.account'), class: 'name-cell',
			render: ({ account }) => [account.name,
				h('div', { class: 'plain' }, h('code', {}, addressOf(account)))] },
		{ key: 'state', label: t('accounts.test.result'), class: 'result-cell' },
	] });
	const close = button(t('accounts.test.stop'), () => box.close());
	const box = dialog({ title: t('accounts.testall'),
		body: [bar, summary, list, h('div', { class: 'actions-row' }, close)],
		onClose: () => {
			stop.abort();
			done();
		} });

	function tell(account, test, error) {
		const row = rows.find((one) => one.account === account);

		if (test || error) {
			row.state = testCell(test, error);
			counts[error ? 'bad' : gradeOf(test)] += 1;
			finished += 1;
		} else {
			row.state = t('accounts.test.now');
		}
		bar.value = finished;
		summary.textContent = t('accounts.test.counts', { ...counts, done: finished,
			all: rows.length });
		list.set(rows);
	}

	list.set(rows);
	runTests(accounts, tell, stop.signal).then(() => {
		close.textContent = t('dialog.close');
		close.classList.add('primary');
	});
}
