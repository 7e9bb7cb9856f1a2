/** The contract between whoever wants an agent to work and the code that drives one. */

export const PERMISSION_MODES = ['acceptEdits', 'default', 'dontAsk', 'plan', 'bypassPermissions'] as const;
export type PermissionMode = (typeof PERMISSION_MODES)[number];

export const AUTH_METHODS = ['oauthToken', 'apiKey'] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

export interface AgentAuth {
	readonly method: AuthMethod;
	readonly token: string;
	/** Empty: Anthropic's own. */
	readonly baseUrl: string;
}

export interface AgentTimeouts {
	readonly firstEventMs: number;
	readonly idleMs: number;
	readonly totalMs: number;
}

/** As a playbook writes it: `/name args`. Whose command of that name it becomes is found out when the run is prepared. */
export interface SlashCommand {
	readonly name: string;
	readonly args: string;
}

export type JsonObject = { readonly [key: string]: unknown };

export interface AgentRequest {
	readonly cliPath: string;
	readonly auth: AgentAuth;
	/** Where the agent works; must exist. */
	readonly cwd: string;
	/** `CLAUDE_CONFIG_DIR`, one a session, so that parallel sessions do not see each other. Made when missing. */
	readonly configDir: string;
	/** Where the redacted event stream is kept (bounded); its folder is made when missing. */
	readonly transcriptPath: string;
	readonly prompt: string;
	/** The slash command that the run is to carry out, with the prompt as what it has to know. Only a playbook's own words may become one. */
	readonly command?: SlashCommand;
	/** `resume`: the session exists. `new`: the id must be unused. */
	readonly session: { readonly mode: 'new' | 'resume'; readonly id: string };
	/** Empty string or 0 in the following: the CLI's own default. */
	readonly model: string;
	readonly fallbackModel: string;
	readonly maxTurns: number;
	readonly maxBudgetUsd: number;
	/** Empty: no tools at all. */
	readonly tools: readonly string[];
	readonly allowedTools: readonly string[];
	readonly permissionMode: PermissionMode;
	readonly outputSchema?: JsonObject;
	/** Name → server description in the CLI's format. */
	readonly mcpServers: JsonObject;
	/** Plugin directories that come with Maestro. */
	readonly pluginDirs: readonly string[];
	/** Besides `cwd`, where the agent's file tools may write. They must exist. */
	readonly folders: readonly string[];
	/** Absolute paths of folders whose files the agent's file tools may read, and not change. */
	readonly readFolders?: readonly string[];
	/** Load the repository's CLAUDE.md, commands, skills and agents (never its settings, hooks or MCP servers). */
	readonly repositoryExtensions: boolean;
	/** Confine the agent's shell with the CLI's own sandbox (needs bubblewrap and socat). */
	readonly sandbox: boolean;
	readonly timeouts: AgentTimeouts;
	readonly gitIdentity: { readonly name: string; readonly email: string };
}

/** What the agent does right now, for a heartbeat and for the editor. Redacted, one line, at most 200 characters. */
export interface AgentActivity {
	readonly at: Date;
	readonly text: string;
	readonly turns: number;
}

export type AgentFailure =
	| 'auth'
	| 'billing'
	| 'model_not_found'
	| 'prompt_too_long'
	| 'max_turns'
	| 'max_budget'
	| 'schema_retries'
	| 'schema_missing'
	| 'tool_denied'
	| 'session_missing'
	| 'session_in_use'
	| 'bad_configuration'
	| 'server_error'
	| 'nothing_done'
	| 'first_event_timeout'
	| 'idle_timeout'
	| 'total_timeout'
	| 'crashed';

/** How a run ended. Exactly one of these, whatever the CLI did. */
export type AgentOutcome =
	| { readonly kind: 'completed' }
	/** `resumeAt` is a guess with backoff where the service named no time. */
	| { readonly kind: 'paused'; readonly reason: 'usage_limit' | 'rate_limit' | 'overloaded'; readonly resumeAt: Date }
	| { readonly kind: 'failed'; readonly failure: AgentFailure; readonly message: string; readonly advice: string }
	/** The caller's signal ended it. */
	| { readonly kind: 'stopped' };

/** Always whole: a killed, cancelled or timed-out run also reports cost, turns and session id, as far as they are known. */
export interface AgentResult {
	readonly outcome: AgentOutcome;
	readonly sessionId: string;
	readonly model: string;
	readonly cliVersion: string;
	readonly turns: number;
	/** Of this run alone, in USD: the CLI's figure is cumulative over resumes. */
	readonly costUsd: number;
	readonly durationMs: number;
	readonly tokens: { readonly input: number; readonly output: number; readonly cacheRead: number; readonly cacheWrite: number };
	/** Redacted; bounded to 64 KiB. */
	readonly finalText: string;
	/** Redacted; present where a schema was asked for and met. */
	readonly structuredOutput?: unknown;
	readonly permissionDenials: ReadonlyArray<{ readonly tool: string; readonly input: string }>;
	/** MCP servers that did not start, broken lines, retries, a model fallback, a transcript that was cut. */
	readonly warnings: readonly string[];
	readonly transcriptPath: string;
}

export interface AgentHooks {
	/** Once, as soon as the process runs. */
	onStarted(process: { readonly pid: number }): void;
	/** At most a few times a second. */
	onActivity(activity: AgentActivity): void;
	/**
	 * The process is started at once, and gets its prompt when this comes true: the CLI takes most of a second to start up. Where it comes false
	 * the prompt never leaves, and the caller's signal ends the run. Undefined: at once.
	 */
	readonly mayBegin?: Promise<boolean>;
}

/**
 * Runs the agent once. Resolves with a result for every ending of the agent; throws a MaestroError only where nothing
 * could be started (`cli_missing`, `cli_too_old`, `workspace_missing`, `disk`). When it settles, no process that carries
 * the session id is left.
 *
 * `previousCostUsd`: what the CLI had counted for this session before this run (0 for a new one).
 */
export type RunAgent = (
	request: AgentRequest,
	previousCostUsd: number,
	hooks: AgentHooks,
	signal: AbortSignal,
) => Promise<AgentResult>;
