import { change } from '../../core/task/compare-and-set';
import { isLockSafe, withLock } from '../../core/task/locks';
import type { Project } from '../../core/task/records';
import type { Changes, NewRow } from '../../core/task/store';
import { MaestroError } from '../../core/errors';
import { findProject } from '../shared/records';
import type { Services } from '../shared/services';

const LOCK = { leaseMs: 20_000, waitMs: 20_000 };

function fresh(repository: string): NewRow<Project> {
	return {
		name: repository,
		repository,
		baseBranch: '',
		active: true,
		instructions: '',
		setupScript: '',
		verifyCommand: '',
		maxRunning: 1,
		minimumTrust: 'collaborator',
		model: '',
		allowedPaths: '',
		protectedPaths: '',
		maxChangedFiles: 0,
		maxChangedLines: 0,
		ladder: '',
		maxNewPerHour: 0,
		version: 1,
		owner: '',
	};
}

function missing(repository: string): MaestroError {
	return new MaestroError('no_project', `There is no project for "${repository}"`, 'Add it with the operation "Create", or in the set-up form.', { repository });
}

export async function getProject(services: Services, repository: string, signal: AbortSignal): Promise<Project> {
	const project = await findProject(services, repository, signal);
	if (project === undefined) throw missing(repository);
	return project;
}

export async function updateProject(services: Services, repository: string, fields: Changes<Project>, signal: AbortSignal): Promise<Project> {
	const { id } = await getProject(services, repository, signal);
	const changed = await change(services, services.store.projects, id, () => fields, signal);
	if (changed === undefined) throw missing(repository);
	return changed;
}

/** One project a repository, also when two ask at once. `existing` says what becomes of one that is there. */
export async function createProject(services: Services, repository: string, fields: Changes<Project>, existing: 'update' | 'refuse', signal: AbortSignal): Promise<Project> {
	return await withLock(
		services,
		`project:${repository.toLowerCase()}`,
		LOCK,
		async (lock) => {
			const found = await findProject(services, repository, signal);
			if (found !== undefined) {
				if (existing === 'update') return await updateProject(services, repository, fields, signal);
				throw new MaestroError('bad_parameter', `"${repository}" is a project already`, 'Use the operation "Update", or "Create or Update".', { repository });
			}
			if (!isLockSafe(services, lock, LOCK.leaseMs)) throw new MaestroError('lost_race', `n8n took too long to look for "${repository}", so that somebody else may have added it meanwhile`, 'Try it again.', { repository });
			const row = { ...fresh(repository), ...fields };
			const [project] = await services.store.projects.insert([{ ...row, name: row.name === '' ? repository : row.name }], signal);
			if (project === undefined) throw missing(repository);
			return project;
		},
		signal,
	);
}
