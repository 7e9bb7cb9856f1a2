import { TABLES } from '../../core/task/records';
import type { Store } from '../../core/task/store';
import { newTask } from '../../core/task/create-task';
import { storeContract } from '../contract/store.contract';
import { openFetchStore } from './support/fetch-store';
import { startN8n, type N8n } from './support/n8n';
import { list, text } from './support/rest';

const signal = new AbortController().signal;

describe('the store in the data tables of a real n8n', () => {
	let n8n: N8n;
	let store: Store;

	beforeAll(async () => {
		n8n = await startN8n({ withPackage: false });
		store = openFetchStore(n8n.url, n8n.apiKey);
	}, 120_000);
	afterAll(async () => await n8n.stop(), 60_000);

	it('makes each table once, also when several processes begin at once', async () => {
		const stores = Array.from({ length: 4 }, () => openFetchStore(n8n.url, n8n.apiKey));
		await Promise.all(stores.map(async (each) => await each.projects.find({}, { limit: 1 }, signal)));
		const names = list(await n8n.client.api('/data-tables?limit=100'), 'data').map((table) => text(table, 'name'));
		expect([...names].sort()).toEqual(Object.keys(TABLES).sort());
	}, 60_000);

	storeContract(() => store);

	it('makes a table again that a person deleted while it was in use', async () => {
		const draft = newTask({ title: 'After', projectId: 1, repository: 'o/r' });
		await store.tasks.insert([draft], signal);
		const tables = list(await n8n.client.api('/data-tables?limit=100'), 'data');
		const tasks = tables.find((table) => text(table, 'name') === 'maestro_tasks');
		await n8n.client.api(`/data-tables/${text(tasks, 'id')}`, { method: 'DELETE' });
		expect(await store.tasks.insert([draft], signal)).toMatchObject([{ title: 'After' }]);
	});

	it('names the scope that the API key lacks', async () => {
		const made = await n8n.client.editor('/rest/api-keys', { method: 'POST', body: { label: 'narrow', scopes: ['dataTable:list'], expiresAt: null } });
		const narrow = openFetchStore(n8n.url, text(made, 'data', 'rawApiKey'));
		await expect(narrow.tasks.find({}, { limit: 1 }, signal)).rejects.toMatchObject({ code: 'n8n_scopes', message: expect.stringContaining('dataTableRow:read') });
	});

	it('says so when the API key is not accepted', async () => {
		const wrong = openFetchStore(n8n.url, 'wrong');
		await expect(wrong.tasks.find({}, { limit: 1 }, signal)).rejects.toMatchObject({ code: 'n8n_scopes', advice: expect.stringContaining('API key') });
	});
});
