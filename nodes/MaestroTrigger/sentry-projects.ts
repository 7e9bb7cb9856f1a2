import { MaestroError } from '../../core/errors';
import type { SentryProject } from '../../core/signal/sentry-filter';
import { readSentry, type CredentialReader } from '../shared/credentials';
import { allProjects, findProject } from '../shared/records';
import type { Services } from '../shared/services';
import type { SentryTriggerParameters } from './parameters';

const TIMEOUT_MS = 10_000;
/** A project is added by a person: a burst of webhooks need not ask for it again and again. */
const KEEP_MS = 15_000;
const kept = new Map<string, { readonly projects: readonly SentryProject[]; readonly until: number }>();

async function onlyProject(services: Services, signal: AbortSignal): Promise<readonly SentryProject[]> {
	const active = (await allProjects(services, signal)).filter((project) => project.active);
	return active.length === 1 ? active.map(({ repository }) => ({ sentryProject: '', repository })) : [];
}

/** Where the trigger names no repository, that of the only project; with several, a webhook must not choose among them. */
export async function projectsFor(services: Services, { projects }: SentryTriggerParameters): Promise<readonly SentryProject[]> {
	if (projects.length > 0) return projects;
	const now = services.clock.now().getTime();
	const known = kept.get(services.instance);
	if (known !== undefined && known.until > now) return known.projects;
	const found = await onlyProject(services, AbortSignal.timeout(TIMEOUT_MS));
	if (found.length > 0) kept.set(services.instance, { projects: found, until: now + KEEP_MS });
	return found;
}

/** Sentry sends each webhook once: what is missing is said while publishing, and not by an error that gets lost. */
export async function requireSentry(reader: CredentialReader, services: Services, { projects }: SentryTriggerParameters, signal: AbortSignal): Promise<void> {
	const { clientSecret } = await readSentry(reader);
	if (clientSecret === '') {
		throw new MaestroError('bad_parameter', 'The Sentry credential has no Client Secret, so that every webhook would be refused', 'Open the Maestro Sentry API credential and fill in "Client Secret".');
	}
	const advice = 'Add the project in the set-up form (workflow "Maestro: set-up"), and name its repository under "Projects" in this trigger.';
	for (const { repository } of projects) {
		const project = await findProject(services, repository, signal);
		if (project?.active !== true) throw new MaestroError('no_project', `"${repository}", which "Projects" names, is no active project of Maestro`, advice, { repository });
	}
	if (projects.length === 0 && (await onlyProject(services, signal)).length === 0) {
		throw new MaestroError('no_project', 'Maestro has not exactly one active project, so "Projects" must say which repository the errors belong to', advice);
	}
}
