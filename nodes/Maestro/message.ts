import { renderHtml, renderSlack, renderText } from '../../core/report/render';
import type { Page } from '../../core/report/page';
import { MAESTRO_MAIL_LINE } from '../../core/signal/email-automatic';

export interface Message {
	readonly subject: string;
	readonly text: string;
	readonly html: string;
	/** In Slack's own markup. */
	readonly slack: string;
}

/** Ready to be sent by n8n's own nodes. A mailbox that Maestro reads knows its last line, and makes no task of it. */
export function messageOf(page: Page): Message {
	return { subject: page.title, text: renderText(page, MAESTRO_MAIL_LINE), html: renderHtml(page, MAESTRO_MAIL_LINE), slack: renderSlack(page) };
}
