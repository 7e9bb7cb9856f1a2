import { Buffer } from 'node:buffer';
import { isMaestroError } from '../errors';
import { type Connection, ownerAndName } from './connection';
import type { CheckResult, GithubClient } from './github';

const MOST_JOBS = 10;
const PERMISSION = 'Actions: read (a classic token: repo)';

function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
	return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The last `bytes` of what comes, holding little more than that at any time. */
export async function tailOf(source: AsyncIterable<Uint8Array>, bytes: number): Promise<string> {
	let kept: Buffer[] = [];
	let size = 0;
	for await (const chunk of source) {
		kept.push(Buffer.from(chunk));
		size += chunk.length;
		if (size <= bytes * 2) continue;
		const last = Buffer.concat(kept).subarray(-bytes);
		kept = [Buffer.from(last)];
		size = last.length;
	}
	const whole = Buffer.concat(kept);
	const tail = whole.subarray(-bytes);
	// A cut inside a character shows as a replacement character at the start.
	return tail.toString('utf8').replace(/^\uFFFD+/, '');
}

export function jobLogs(connection: Connection): Pick<GithubClient, 'failedJobLogs'> {
	async function log(repository: string, jobId: number, bytes: number, signal: AbortSignal): Promise<string | undefined> {
		const parameters = { ...ownerAndName(repository), job_id: jobId, request: { parseSuccessResponseBody: false } };
		const call = { route: 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs', parameters, signal, repeatable: true, what: `reading the log of job ${jobId} of ${repository}`, permission: PERMISSION };
		try {
			const { data } = await connection.raw(call);
			return isStream(data) ? await tailOf(data, bytes) : undefined;
		} catch (error) {
			// A log expires, or the token may not read it: the check's own summary has to do then.
			if (signal.aborted || (isMaestroError(error) && error.code === 'github_rate_limit')) throw error;
			return undefined;
		}
	}

	return {
		async failedJobLogs(repository: string, checks: readonly CheckResult[], bytes: number, signal: AbortSignal) {
			const logs = new Map<string, string>();
			for (const check of checks.filter((entry) => entry.state === 'failed').slice(0, MOST_JOBS)) {
				if (check.jobId === undefined) continue;
				const text = await log(repository, check.jobId, bytes, signal);
				if (text !== undefined) logs.set(check.name, text);
			}
			return logs;
		},
	};
}
