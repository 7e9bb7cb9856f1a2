import { count, guarded, text, type Row } from './columns';

/** A workflow that asked for Maestro's own events. */
export const subscriptionColumns = {
	workflowId: text,
	nodeId: text,
	/** The path and query of the webhook in this n8n, with a leading slash. */
	path: text,
	/** Event types with commas between; `*` for all. */
	events: text,
	/** 0: of every project. */
	projectId: count,
	/** For task.ready: how many tasks may run at once in all; the greatest of all subscriptions counts. */
	maxRunning: count,
	/** For GitHub's webhooks: the address that GitHub is told, and the events in GitHub's words. Empty otherwise. */
	webhookUrl: text,
	webhookEvents: text,
	/** JSON: `owner/name` → id of the webhook that was made there, to be taken back. */
	hooks: text,
	...guarded,
} as const;
export type Subscription = Row<typeof subscriptionColumns>;
