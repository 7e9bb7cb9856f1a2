/** A whole day as a clock on the wall shows it. */
export interface Day {
	/** `2026-03-01` */
	readonly date: string;
	readonly from: Date;
	/** The first moment that is not in it any more. */
	readonly to: Date;
}

interface Parts {
	readonly year: number;
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
}

function partsAt(moment: Date, timeZone: string): Parts {
	const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
	const found = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
	const part = (name: Intl.DateTimeFormatPartTypes): number => found.get(name) ?? 0;
	return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute'), second: part('second') };
}

/** How far the wall clock is ahead of UTC then. */
function aheadMs(moment: Date, timeZone: string): number {
	const { year, month, day, hour, minute, second } = partsAt(moment, timeZone);
	return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment.getTime() / 1000) * 1000;
}

/** When the wall clock shows midnight of this date. The clock may be changed that day, so that the first guess may be an hour off. */
function midnight(utc: number, timeZone: string): Date {
	const guess = new Date(utc - aheadMs(new Date(utc), timeZone));
	return new Date(utc - aheadMs(guess, timeZone));
}

/** The whole day before now, which has 23 or 25 hours where the clocks are changed. */
export function dayBefore(now: Date, timeZone: string): Day {
	const { year, month, day } = partsAt(now, timeZone);
	const [yesterday, today] = [Date.UTC(year, month - 1, day - 1), Date.UTC(year, month - 1, day)];
	return { date: new Date(yesterday).toISOString().slice(0, 10), from: midnight(yesterday, timeZone), to: midnight(today, timeZone) };
}
