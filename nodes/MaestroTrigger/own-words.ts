import type { Signal } from '../../core/signal/signal';
import { openGithub, type ServiceContext, type Services } from '../shared/services';

/** GitHub waits ten seconds for an answer. */
const TIMEOUT_MS = 5_000;
const MOST = 20;
/** A token's login, which does not change. */
const logins = new Map<string, string>();

/**
 * Whether a text with Maestro's mark is Maestro's: anybody can copy the mark, so that its author counts too. Where GitHub does not say who Maestro
 * is, it may be: it starts nothing then, and is trusted no more for it.
 */
export async function ownWords(host: ServiceContext, services: Services, author: string): Promise<Signal['own']> {
	const { settings, client } = await openGithub(host, services);
	const key = `${settings.apiUrl} ${settings.accessToken}`;
	let login = logins.get(key);
	if (login === undefined) {
		login = await client.viewer(AbortSignal.timeout(TIMEOUT_MS)).then(
			(viewer) => viewer.login,
			() => undefined,
		);
		if (login === undefined) return 'possible';
		if (logins.size >= MOST) logins.clear();
		logins.set(key, login);
	}
	return login.toLowerCase() === author.toLowerCase() ? 'certain' : undefined;
}
