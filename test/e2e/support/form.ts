/** Walks through a published form over HTTP, as a person's browser does. */
import { waitFor } from './poll';
import { property, text } from './rest';
import type { FormLogin } from './installation';
import type { N8n } from './n8n';

export interface FormPage {
	readonly html: string;
	/** Where it lies in this n8n, with its signature. */
	readonly address: string;
	/** What each field lets a person choose, by its name in the page. */
	readonly options: Readonly<Record<string, readonly string[]>>;
	/** Sends the page, each field also when it is empty, and gives the one that follows. */
	send(answers: readonly string[]): Promise<FormPage>;
}

/** Where the form is, and who fills it in. */
export interface Filled {
	readonly n8n: Pick<N8n, 'url'>;
	readonly form: FormLogin;
}

export function loginOf({ user, password }: FormLogin): Record<string, string> {
	return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function bodyOf(answers: readonly string[]): FormData {
	const body = new FormData();
	for (const [index, answer] of answers.entries()) body.set(`field-${index}`, answer);
	return body;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'", '#x60': '`', '#x3D': '=' };
const shown = (html: string): string => html.replace(/&([#\w]+);/g, (whole, name: string) => ENTITIES[name] ?? whole);

function optionsIn(html: string): Record<string, string[]> {
	const selects = [...html.matchAll(/<select id='([^']+)'[\s\S]*?<\/select>/g)];
	return Object.fromEntries(selects.map(([select, name = '']) => [name, [...select.matchAll(/<option value='([^']+)'/g)].map(([, value = '']) => shown(value))]));
}

async function nextPage(n8n: Filled['n8n'], headers: Record<string, string>, address: string, sent: Response): Promise<FormPage> {
	if (sent.status !== 200) throw new Error(`The form answered ${sent.status}: ${await sent.text()}`);
	const at = new URL(address);
	const get = async (path: string): Promise<string> => await (await fetch(`${n8n.url}${at.pathname}${path}${at.search}`, { headers })).text();
	// As the page's own script does: n8n keeps whoever asks for the next page while the execution is still at work.
	await waitFor('the execution to wait with its page', async () => ((await get('/n8n-execution-status')).trim() === 'form-waiting' ? true : undefined), { limitMs: 30_000 });
	const html = await get('');
	return {
		html,
		address,
		options: optionsIn(html),
		send: async (answers) => await nextPage(n8n, headers, address, await fetch(address, { method: 'POST', body: bodyOf(answers), headers })),
	};
}

/** Sends the first page of the form at this path, and gives the one that follows. */
export async function sendForm({ n8n, form }: Filled, path: string, answers: readonly string[]): Promise<FormPage> {
	const headers = loginOf(form);
	const first = `${n8n.url}/form/${path}`;
	await waitFor('the form', async () => ((await fetch(first, { headers })).status === 200 ? true : undefined), { limitMs: 20_000 });
	const sent = await fetch(first, { method: 'POST', body: bodyOf(answers), headers });
	const answer: unknown = await sent.clone().json().catch(() => undefined);
	if (typeof property(answer, 'formWaitingUrl') !== 'string') throw new Error(`The form answered ${sent.status}: ${await sent.text()}`);
	const next = new URL(text(answer, 'formWaitingUrl'));
	return await nextPage(n8n, headers, `${n8n.url}${next.pathname}${next.search}`, sent);
}
