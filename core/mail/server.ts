export const MAIL_SECURITY = ['none', 'starttls', 'tls'] as const;

/** One that sends mails, or one that keeps them. */
export interface MailServer {
	readonly host: string;
	readonly port: number;
	readonly security: (typeof MAIL_SECURITY)[number];
	/** Empty: without a login. */
	readonly user: string;
	readonly password: string;
}
