import type { IWebhookFunctions } from 'n8n-workflow';
import { openGithub, type Services } from '../shared/services';

/** GitHub waits ten seconds for an answer. */
const TIMEOUT_MS = 5_000;
const MOST = 20;
/** A token's login, which does not change. */
const logins = new Map<string, string>();

/**
 * Whether a text with Maestro's mark is Maestro's: anybody can copy the mark, so that its author counts too. Where GitHub does not say who Maestro
 * is, it is: what Maestro wrote must never start a task, and what carries the mark seldom is anything else.
 */
export async function isOwn(context: IWebhookFunctions, services: Services, author: string): Promise<boolean> {
	const { settings, client } = await openGithub(context, services);
	const key = `${settings.apiUrl} ${settings.accessToken}`;
	let login = logins.get(key);
	if (login === undefined) {
		login = await client.viewer(AbortSignal.timeout(TIMEOUT_MS)).then(
			(viewer) => viewer.login,
			() => undefined,
		);
		if (login === undefined) return true;
		if (logins.size >= MOST) logins.clear();
		logins.set(key, login);
	}
	return login.toLowerCase() === author.toLowerCase();
}
