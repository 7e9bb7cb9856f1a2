import type { Services } from '../shared/services';
import { findProject } from '../shared/records';
import { Remembered } from './remembered';

/** A project goes only when a person takes it away. */
const there = new Remembered<boolean>((is) => is);

/** Whether Maestro may work on a repository at all. */
export async function hasProject(services: Services, repository: string): Promise<boolean> {
	return await there.get(services, repository.toLowerCase(), async (signal) => (await findProject(services, repository, signal)) !== undefined);
}
