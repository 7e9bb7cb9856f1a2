/** What one run of a node read a moment ago and would read again: a call of n8n costs it more than the row is worth. */
import type { Project } from '../../core/task/records';
import type { Services } from './services';

const KEEP_MS = 5_000;
const read = new WeakMap<Services, { readonly projects: readonly Project[]; readonly at: number }>();

/** `at`: when it was asked for. */
export function noteProjects(services: Services, projects: readonly Project[], at: Date): void {
	read.set(services, { projects, at: at.getTime() });
}

/** All projects as this run of the node read them within the last seconds; undefined: it did not. */
export function projectsJustRead(services: Services): readonly Project[] | undefined {
	const found = read.get(services);
	return found !== undefined && services.clock.now().getTime() - found.at < KEEP_MS ? found.projects : undefined;
}
