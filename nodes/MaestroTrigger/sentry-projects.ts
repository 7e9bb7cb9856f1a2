import { MaestroError } from '../../core/errors';
import type { SentryProject } from '../../core/signal/sentry-filter';
import { readSentry, type CredentialReader } from '../shared/credentials';
import { allProjects, findProject } from '../shared/records';
import type { Services } from '../shared/services';
import type { SentryTriggerParameters } from './parameters';
import { Remembered } from './remembered';

const only = new Remembered<readonly SentryProject[]>((projects) => projects.length > 0);

async function onlyProject(services: Services, signal: AbortSignal): Promise<readonly SentryProject[]> {
	const active = (await allProjects(services, signal)).filter((project) => project.active);
	return active.length === 1 ? active.map(({ repository }) => ({ sentryProject: '', repository })) : [];
}

/** Where the trigger names no repository, that of the only project; with several, a webhook must not choose among them. */
export async function projectsFor(services: Services, { projects }: SentryTriggerParameters): Promise<readonly SentryProject[]> {
	if (projects.length > 0) return projects;
	return await only.get(services, 'the only project', async (signal) => await onlyProject(services, signal));
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
