import { createHash } from 'node:crypto';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { MaestroError } from '../../core/errors';
import { sendMail } from '../../core/mail/smtp';
import { readEmail, type EmailFacts } from '../../core/signal/email';
import { replyTo } from '../../core/signal/email-reply';
import { REGRESSED, type Signal } from '../../core/signal/signal';
import { findOwn } from '../../core/task/aliases';
import { claimMail, type MailTurn } from '../../core/task/mail-claims';
import type { Project, Task } from '../../core/task/records';
import { isTaskFinished } from '../../core/task/states';
import { readSmtp } from '../shared/credentials';
import { filesOf } from '../shared/email-files';
import { badParameter, toJson } from '../shared/items';
import { countLeftOut } from '../shared/left-out';
import { findProject } from '../shared/records';
import type { Services } from '../shared/services';
import { taskView } from '../shared/views';
import type { ReadEmail, ReplyEmail } from './email-parameters';

async function requireProject(services: Services, repository: string, signal: AbortSignal): Promise<Project> {
	const advice = 'Add the project in the set-up form (workflow "Maestro: set-up"), and name it under "Repository" in this node.';
	if (repository !== '') {
		const project = await findProject(services, repository, signal);
		if (project !== undefined) return project;
		throw new MaestroError('no_project', `There is no project for the repository "${repository}"`, advice, { repository });
	}
	const [only, another] = await services.store.projects.find({ active: { eq: true } }, { limit: 2 }, signal);
	if (only !== undefined && another === undefined) return only;
	throw new MaestroError('no_project', 'Maestro has not exactly one active project, so "Repository" must say which one the mails are about', advice);
}

/** Whether the mail goes on to an agent now: each does so once. `signal.body` belongs to what names it, since anybody can send a mail with the Message-ID of another. */
async function turnOf(context: IExecuteFunctions, services: Services, read: Signal, mail: EmailFacts, maxPerHour: number, item: number, signal: AbortSignal): Promise<MailTurn> {
	const name = createHash('sha256').update(JSON.stringify([mail.messageId, mail.from.address, read.title, read.body])).digest('hex');
	const mode = context.getMode();
	const claim = { scope: read.repository.toLowerCase(), mail: name, executionId: services.executionId, item, maxPerHour, byHand: mode === 'manual' || mode === 'retry', probe: services.n8n.executionState };
	return await claimMail(services, claim, signal);
}

/** Who wrote what, for the agent that sorts the mail; its prompt fences the text of each part, not the label: an address can be a sentence. */
function feedbackOf({ title, body, author }: Signal): object {
	return { parts: [{ label: 'e-mail', text: `From: ${author}\nSubject: ${title}\n\n${body}` }] };
}

async function drop(services: Services, reason: string, facts: object): Promise<IDataObject> {
	await countLeftOut(services, `An e-mail was dropped: ${reason}`);
	return toJson({ outcome: 'dropped', reason, ...facts });
}

/** What became of the thread before: work that goes on, work that is done, or nothing. */
async function taskOfThread(services: Services, { id }: Pick<Project, 'id'>, { fingerprint }: Signal, signal: AbortSignal): Promise<Task | undefined> {
	return await findOwn(services, { projectId: id, fingerprint, reach: 'triage', isHeld: true, links: [] }, signal);
}

function view(facts: EmailFacts): object {
	const { from, subject, verified, trustReason } = facts;
	return { mail: { from, subject, verified, trustReason } };
}

function reasonNotToGoOn(turn: MailTurn, maxPerHour: number): string | undefined {
	switch (turn.kind) {
		case 'new':
			return undefined;
		case 'seen':
			return 'this very mail was read before. To have it sorted again, copy the execution that read it to the editor, and run it there.';
		case 'storm':
			return `${maxPerHour} new mails were let through within an hour. It lies in the mailbox, marked as read.`;
	}
}

/** Reads one mail and says what is to become of it: `new`, `known` (its thread has a task at work) or `dropped`. */
export async function readMail(context: IExecuteFunctions, services: Services, operation: ReadEmail, itemIndex: number, signal: AbortSignal): Promise<IDataObject> {
	const project = await requireProject(services, operation.repository, signal);
	const reading = readEmail({
		item: operation.item,
		files: filesOf(context.getInputData()[itemIndex]?.binary),
		repository: project.repository,
		receivingServer: operation.receivingServer,
		allowedSenders: operation.allowedSenders,
		allowedLists: operation.allowedLists,
		receivedAt: services.clock.now().toISOString(),
	});
	switch (reading.kind) {
		case 'invalid':
			throw badParameter('E-Mail', `is no mail: ${reading.reason}`, 'Connect Email Trigger (IMAP) before this node, with the format "Simple".');
		case 'ignored':
			return await drop(services, reading.reason, {});
		case 'signal': {
			const { signal: read, mail } = reading;
			const task = await taskOfThread(services, project, read, signal);
			const isKnown = task !== undefined && !isTaskFinished(task.status);
			if (!isKnown) {
				const turn = await turnOf(context, services, read, mail, operation.maxPerHour, itemIndex, signal);
				const dropped = reasonNotToGoOn(turn, operation.maxPerHour);
				if (dropped !== undefined) return await drop(services, dropped, { ...view(mail), ...(turn.kind === 'seen' ? { readBy: turn.executionId } : {}) });
			}
			// Work on this was completed, and somebody writes again.
			const kind = task?.status === 'completed' ? REGRESSED : read.kind;
			return toJson({
				outcome: isKnown ? 'known' : 'new',
				signal: { ...read, kind },
				mail,
				reply: replyTo(operation.item),
				feedback: feedbackOf(read),
				...(task === undefined ? {} : { task: taskView(task) }),
			});
		}
	}
}

export async function replyToMail(context: IExecuteFunctions, services: Services, operation: ReplyEmail, signal: AbortSignal): Promise<IDataObject> {
	const server = await readSmtp(context);
	if (server.password !== '') services.addSecret(server.password);
	const { kind, ...mail } = operation;
	const sent = await sendMail(server, mail, signal);
	return toJson({ sent: { to: mail.to, subject: mail.subject, ...sent } });
}
