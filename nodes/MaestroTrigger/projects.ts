import type { Services } from '../shared/services';
import type { Project } from '../../core/task/records';
import { findProject } from '../shared/records';
import { Remembered } from './remembered';

/** A project goes only when a person takes it away. */
const found = new Remembered<readonly Project[]>((projects) => projects.length > 0);

/** The project of a repository as it is or was a moment ago; undefined: Maestro may not work on it at all. */
export async function projectOf(services: Services, repository: string): Promise<Project | undefined> {
	const [project] = await found.get(services, repository.toLowerCase(), async (signal) => {
		const there = await findProject(services, repository, signal);
		return there === undefined ? [] : [there];
	});
	return project;
}

export async function hasProject(services: Services, repository: string): Promise<boolean> {
	return (await projectOf(services, repository)) !== undefined;
}
