import { sleep } from '../../core/clock';
import { messageOf } from '../../core/errors';
import { listPaths, type PathList } from '../../core/git/list-paths';
import { PathIndex } from '../../core/signal/path-index';
import type { Project } from '../../core/task/records';
import type { Services } from '../shared/services';
import { Remembered } from './remembered';

/** Sentry waits one second for everything. What takes longer is there for the next webhook. */
const WAIT_MS = 500;
const LIST_MS = 10_000;
const LIMITS = { count: 200_000, bytes: 20_000_000 };

interface Listed {
	readonly kind: PathList['kind'] | 'failed';
	/** Undefined: the places on a stack stay as Sentry wrote them. */
	readonly files: PathIndex | undefined;
}

/** For so many files of all projects together there is room. */
const MOST_FILES = 1_000_000;

/** A mirror that is not there costs no more than a look at the disk; all else would be looked for again with each webhook of a storm. */
const listed = new Remembered<Listed>(({ kind }) => kind !== 'no_mirror', { keepMs: 60_000, most: MOST_FILES }, ({ files }) => 1_000 + (files?.paths.length ?? 0));

async function list(dataDir: string, { repository, baseBranch }: Pick<Project, 'repository' | 'baseBranch'>, signal: AbortSignal): Promise<Listed> {
	const found = await listPaths({ dataDir, repository, branch: baseBranch }, LIMITS, signal);
	return { kind: found.kind, files: found.kind === 'paths' ? new PathIndex(found.paths) : undefined };
}

/**
 * The files of a project's base branch as its mirror has them; undefined where that cannot be said at once: in a process that does not see
 * the data directory, before the first task, or of a very large repository. A signal is worth more than its paths, so that nothing of it fails a webhook.
 */
export async function repositoryFiles(
	services: Pick<Services, 'instance' | 'clock' | 'dataDir' | 'redact'>,
	project: Pick<Project, 'repository' | 'baseBranch'>,
	warn: (message: string) => void,
): Promise<PathIndex | undefined> {
	const looking = listed.get(services, `${project.repository.toLowerCase()} ${project.baseBranch}`, async (signal): Promise<Listed> => {
		try {
			return await list(services.dataDir, project, AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)]));
		} catch (error) {
			warn(services.redact(`Maestro Trigger could not list the files of ${project.repository}, so that Sentry's paths stay as they are: ${messageOf(error)}`));
			return { kind: 'failed', files: undefined };
		}
	});
	const inTime = new AbortController();
	try {
		return (await Promise.race([looking, sleep(WAIT_MS, inTime.signal)]))?.files;
	} finally {
		inTime.abort();
	}
}
