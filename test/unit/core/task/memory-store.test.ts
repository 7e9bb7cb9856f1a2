import { storeContract } from '../../../contract/store.contract';
import { createMemoryStore } from '../../../fixtures/memory-store';

describe('the store in memory', () => {
	const store = createMemoryStore();
	storeContract(() => store);
});

describe('the store in memory, racing as SQLite does', () => {
	const store = createMemoryStore({ sqliteRace: true });
	storeContract(() => store);
});
