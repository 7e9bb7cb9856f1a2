import type { Services } from '../shared/services';
import { findProject } from '../shared/records';

const TIMEOUT_MS = 8_000;
/** A project goes when a person takes it away: a burst of webhooks need not ask for it again and again. That there is none is asked each time. */
const KEEP_MS = 15_000;
const MOST = 1_000;
const kept = new Map<string, number>();

/** Whether Maestro may work on a repository at all. */
export async function hasProject(services: Services, repository: string): Promise<boolean> {
	const key = `${services.instance} ${repository.toLowerCase()}`;
	const now = services.clock.now().getTime();
	if ((kept.get(key) ?? 0) > now) return true;
	const project = await findProject(services, repository, AbortSignal.timeout(TIMEOUT_MS));
	if (project === undefined) {
		kept.delete(key);
		return false;
	}
	if (kept.size >= MOST) kept.clear();
	kept.set(key, now + KEEP_MS);
	return true;
}
