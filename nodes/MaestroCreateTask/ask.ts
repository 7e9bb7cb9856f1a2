import { extractLinks, type LinkScope } from '../../core/signal/links';
import type { Signal } from '../../core/signal/signal';
import type { TaskAsk, TaskDraft } from '../../core/task/create-task';
import { allowedFor, lowerReach, type Allowed } from '../../core/task/ladder';
import type { Project, Task } from '../../core/task/records';
import type { CreateTaskParameters } from './parameters';

/** A person put a label on an issue that Maestro wrote: its text is as trusted as its task is, which goes no farther for it. */
function allowed(signal: Signal, project: Project): Allowed {
	return signal.own === 'certain' ? { reach: 'pull_request', blockedBecause: '' } : allowedFor(signal, project);
}

/** A signal that may not start a task by itself becomes one that waits for a person, so that nothing is lost. */
function draftOf(signal: Signal, project: Project, parent: Task | undefined, parameters: CreateTaskParameters): TaskDraft {
	const { reach, blockedBecause } = allowed(signal, project);
	const issueNumber = signal.source === 'github' ? (signal.number ?? 0) : 0;
	return {
		title: signal.title,
		body: signal.body,
		projectId: project.id,
		repository: project.repository,
		source: signal.source,
		kind: signal.kind,
		url: signal.url,
		author: signal.author,
		authorTrust: signal.authorTrust,
		severity: signal.severity,
		priority: parameters.priority ?? signal.severity,
		labels: signal.labels.join(','),
		fingerprint: signal.fingerprint,
		// A part goes no farther than the whole.
		reach: parent === undefined ? reach : lowerReach(reach, parent.reach),
		issueNumber,
		...(parameters.createIssue && issueNumber === 0 ? { issueWish: 'wanted' as const, issueLabels: parameters.issueLabels.join(',') } : {}),
		dependsOn: parameters.dependsOn.join(','),
		conflictsWith: parameters.conflictsWith.join(','),
		parentId: parameters.parentId,
		playbook: parameters.playbook,
		baseBranch: project.baseBranch,
		...(blockedBecause === '' ? {} : { status: 'blocked' as const, statusReason: blockedBecause }),
	};
}

/**
 * What else a signal is about. Only a person's links count, not those in the text of an error; and an issue that mentions another
 * one is still about something else.
 */
function linksOf(signal: Signal, scope: LinkScope): string[] {
	const found = extractLinks(signal.body, scope);
	switch (signal.source) {
		case 'email':
			return found.map(({ fingerprint }) => fingerprint);
		case 'github':
			return found.flatMap(({ source, fingerprint }) => (source === 'sentry' ? fingerprint : []));
		case 'sentry':
			return signal.names ?? [];
		case 'manual':
			return [];
	}
}

/** What a task is made with, besides what the parameters say. */
export interface Around {
	readonly project: Project;
	readonly parent: Task | undefined;
	/** Where GitHub is, where a credential says so. */
	readonly githubUrl: string | undefined;
	readonly executionId: string;
}

export function askFor(parameters: CreateTaskParameters, { project, parent, githubUrl, executionId }: Around): TaskAsk {
	const { signal, rules, sentryHosts } = parameters;
	const { kind, severity, count, own, reopened = false, receivedAt } = signal;
	return {
		draft: draftOf(signal, project, parent, parameters),
		options: { retryFinished: parameters.startAgain, signalAt: receivedAt, executionId },
		links: linksOf(signal, { repository: project.repository, sentryHosts, ...(githubUrl === undefined ? {} : { githubUrl }) }),
		ruled: { signal: { kind, severity, count, own: own !== undefined, reopened, receivedAt }, rules: { ...rules, maxPerHourInProject: project.maxNewPerHour } },
	};
}
