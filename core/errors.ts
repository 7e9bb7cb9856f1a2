/** Every code that Maestro raises. A workflow or a test matches on the code; people read the message and the advice. */
export type MaestroErrorCode =
	| 'bad_parameter'
	| 'no_project'
	| 'no_task'
	| 'too_deep'
	| 'above_reach'
	| 'bad_playbook'
	| 'illegal_transition'
	| 'lost_race'
	| 'lease_lost'
	| 'tables_full'
	| 'n8n_unreachable'
	| 'n8n_scopes'
	| 'n8n_too_old'
	| 'n8n_api'
	| 'github_auth'
	| 'github_not_found'
	| 'github_rate_limit'
	| 'github_unavailable'
	| 'github_rejected'
	| 'github_broken_response'
	| 'git_failed'
	| 'git_auth'
	| 'git_rejected'
	| 'git_unsafe_tree'
	| 'setup_failed'
	| 'cli_missing'
	| 'cli_too_old'
	| 'workspace_missing'
	| 'cancelled'
	| 'mail_failed'
	| 'timed_out'
	| 'disk';

export type Facts = Readonly<Record<string, string | number | boolean>>;

/**
 * An error that carries facts and says what to do next.
 *
 * `message`: what happened, to which task or repository. `advice`: which setting, scope or action mends it.
 */
export class MaestroError extends Error {
	readonly code: MaestroErrorCode;

	readonly advice: string;

	readonly facts: Facts;

	constructor(code: MaestroErrorCode, message: string, advice: string, facts: Facts = {}, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.name = 'MaestroError';
		this.code = code;
		this.advice = advice;
		this.facts = facts;
	}
}

export function isMaestroError(error: unknown): error is MaestroError {
	return error instanceof MaestroError;
}

/** The message of anything thrown, for a log line or as part of a larger message. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
