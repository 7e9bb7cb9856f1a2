import { badParameter } from '../shared/items';
import { boolean, number, readOptions, string } from '../shared/parameters';

export interface DigestOperation {
	readonly kind: 'report.digest';
	/** Empty: all active projects. */
	readonly repository: string;
	readonly entries: number;
}

export interface HealthOperation {
	readonly kind: 'report.health';
	/** Null: not watched. */
	readonly claudeTokenExpiresOn: Date | null;
	readonly askClaude: boolean;
	readonly tablesPercent: number;
	readonly expiryDays: number;
	readonly minimumDiskGb: number;
}

export type ReportOperation = DigestOperation | HealthOperation;

/** GitHub gives no more in one answer. */
const MOST_ENTRIES = 100;

function readDate(value: unknown, label: string): Date | null {
	const text = string(value, label).trim();
	if (text === '') return null;
	const date = new Date(text);
	if (!Number.isNaN(date.getTime())) return date;
	throw badParameter(label, `is "${text}"`, 'Give a date such as 2026-12-31.');
}

export function readReportOperation(operation: string, value: (name: string) => unknown): ReportOperation {
	if (operation === 'health') {
		const options = readOptions(value('healthOptions'));
		return {
			kind: 'report.health',
			claudeTokenExpiresOn: readDate(value('claudeTokenExpiresOn'), 'Claude Token Expires On'),
			askClaude: boolean(options.askClaude, true),
			tablesPercent: number(options.tablesPercent ?? 80, 'Data Tables Warn At (%)'),
			expiryDays: number(options.expiryDays ?? 14, 'Days Before Expiry'),
			minimumDiskGb: number(options.minimumDiskGb ?? 2, 'Minimum Free Disk (GB)'),
		};
	}
	const options = readOptions(value('digestOptions'));
	return {
		kind: 'report.digest',
		repository: string(options.repository, 'Repository').trim(),
		entries: Math.min(MOST_ENTRIES, Math.max(1, Math.floor(number(options.entries ?? 10, 'Entries')))),
	};
}
