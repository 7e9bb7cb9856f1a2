import { MaestroGithubApi } from '../../credentials/MaestroGithubApi.credentials';
import { MaestroN8nApi } from '../../credentials/MaestroN8nApi.credentials';
import { GITHUB_TOKEN, openBench, type Bench } from './support/bench';
import { testCredential, type CredentialVerdict } from './support/test-credential';

let bench: Bench;
beforeAll(async () => {
	bench = await openBench();
});
afterAll(async () => await bench.close());

describe('the test of the n8n credential in its dialog', () => {
	const given = async (changes: object = {}): Promise<CredentialVerdict> => await testCredential(new MaestroN8nApi(), { maestroN8nApi: { ...bench.credentials.maestroN8nApi, ...changes } });

	it.each(['', '/'])('passes where the key may read the data tables of the n8n at the base URL, also with "%s" at its end', async (end) => {
		expect(await given({ baseUrl: `${bench.api.url}${end}` })).toEqual({ ok: true, detail: '' });
		expect(bench.api.requests.at(-1)).toBe('GET /api/v1/data-tables');
	});

	it('fails with a key that n8n does not accept', async () => {
		expect(await given({ apiKey: 'n8n_api_another' })).toEqual({ ok: false, detail: '401' });
	});

	it('fails with a key that may not read data tables', async () => {
		const all = bench.api.scopes;
		bench.api.scopes = ['execution:read'];
		expect(await given()).toEqual({ ok: false, detail: '403' });
		bench.api.scopes = all;
	});

	it('fails where nothing answers', async () => {
		expect((await given({ baseUrl: 'http://127.0.0.1:9' })).ok).toBe(false);
	});
});

describe('the test of the GitHub credential in its dialog', () => {
	const given = async (changes: object = {}): Promise<CredentialVerdict> => await testCredential(new MaestroGithubApi(), { maestroGithubApi: { ...bench.credentials.maestroGithubApi, ...changes } });

	it.each(['', '/'])('passes where GitHub knows whose token it is, also with "%s" at the end of the API URL', async (end) => {
		expect(await given({ apiUrl: `${bench.github.apiUrl}${end}` })).toEqual({ ok: true, detail: '' });
		expect(bench.github.requests.at(-1)).toMatchObject({ method: 'GET', path: '/user', status: 200 });
		expect(bench.github.violations).toEqual([]);
	});

	it('fails with a token that GitHub does not know', async () => {
		expect(await given({ accessToken: `${GITHUB_TOKEN}x` })).toEqual({ ok: false, detail: '401' });
	});
});
