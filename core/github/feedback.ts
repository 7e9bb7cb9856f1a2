import type { CheckResult, Feedback, Review, ReviewThread } from './github';

export interface FeedbackPart {
	readonly label: string;
	/** From outside: data for the agent, to be fenced by the caller. */
	readonly text: string;
}

export interface RenderedFeedback {
	/** Maestro's own words. */
	readonly heading: string;
	readonly parts: readonly FeedbackPart[];
}

const PART_BYTES = 20_000;
const MOST_PARTS = 40;

/** ANSI colours, and the time stamp that GitHub puts before each line of a log: neither tells the agent anything. */
// eslint-disable-next-line no-control-regex -- an escape sequence starts with a control character
const COLOURS = /\u001B\[[0-9;]*[A-Za-z]/g;
const STAMPS = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /gm;

function cutEnd(text: string): string {
	return text.length > PART_BYTES ? `${text.slice(0, PART_BYTES)}\n[cut: ${text.length - PART_BYTES} characters more]` : text;
}

/** A log says what went wrong at its end. */
function cutStart(text: string): string {
	return text.length > PART_BYTES ? `[cut: ${text.length - PART_BYTES} characters before]\n${text.slice(-PART_BYTES)}` : text;
}

function checkPart(check: CheckResult, log: string | undefined): FeedbackPart {
	const lines = [`Check: ${check.name}`, check.url === '' ? '' : `See: ${check.url}`, check.summary === '' ? '' : `It says: ${cutEnd(check.summary)}`];
	const tail = log === undefined ? '' : `The end of its log:\n${cutStart(log.replace(COLOURS, '').replace(STAMPS, '').trimEnd())}`;
	return { label: 'failed check', text: [...lines, tail].filter((line) => line !== '').join('\n') };
}

function reviewPart(review: Review): FeedbackPart {
	const said = review.body.trim() === '' ? '(no words of its own; see the comments)' : cutEnd(review.body.trim());
	return { label: 'review', text: `${review.author}, ${review.state.replace('_', ' ')}:\n${said}` };
}

function threadPart(thread: ReviewThread): FeedbackPart {
	const place = thread.line === null ? thread.path : `${thread.path}:${thread.line}`;
	const comments = thread.comments.map((comment) => `${comment.author}:\n${comment.body.trim()}`).join('\n\n');
	return { label: 'review comment', text: cutEnd(`${place}${thread.outdated ? ' (written about an earlier commit)' : ''}\n${comments}`) };
}

function count(number: number, one: string): string {
	return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** The feedback as text for an agent: one heading that Maestro answers for, and every outside text as a part of its own. */
export function renderFeedback(feedback: Feedback, logs: ReadonlyMap<string, string>): RenderedFeedback {
	const found = [
		feedback.conflict ? 'it conflicts with its base branch' : '',
		feedback.failedChecks.length === 0 ? '' : `${count(feedback.failedChecks.length, 'check')} failed`,
		feedback.reviews.length === 0 ? '' : count(feedback.reviews.length, 'review'),
		feedback.threads.length === 0 ? '' : count(feedback.threads.length, 'unresolved review comment'),
	].filter((text) => text !== '');
	const parts = [
		...feedback.failedChecks.map((check) => checkPart(check, logs.get(check.name))),
		...feedback.reviews.map(reviewPart),
		...feedback.threads.map(threadPart),
	];
	const left = parts.length - MOST_PARTS;
	const more = left > 0 ? ` The first ${MOST_PARTS} follow; ${left} more are on the pull request.` : '';
	return { heading: `The pull request at ${feedback.headSha.slice(0, 8)} came back: ${found.join(', ')}.${more}`, parts: parts.slice(0, MOST_PARTS) };
}
