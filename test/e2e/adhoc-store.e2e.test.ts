import { readFileSync } from 'node:fs';
import { storeContract } from '../contract/store.contract';
import { openFetchStore } from './support/fetch-store';

describe('the store in the data tables of a real n8n', () => {
	const store = openFetchStore('http://127.0.0.1:5811', readFileSync('/tmp/st-n8n/key.5811', 'utf8').trim());
	storeContract(() => store);
});
