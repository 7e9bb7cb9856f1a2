import { dayBefore } from '../../../../core/report/day';

const HOUR_MS = 60 * 60_000;

describe('yesterday', () => {
	it.each([
		['UTC', '2026-03-02T08:00:00Z', '2026-03-01', '2026-03-01T00:00:00.000Z', 24],
		['Europe/Berlin', '2026-03-02T07:00:00Z', '2026-03-01', '2026-02-28T23:00:00.000Z', 24],
		// At eleven in the evening in UTC it is already the next day there.
		['Europe/Berlin', '2026-03-01T23:30:00Z', '2026-03-01', '2026-02-28T23:00:00.000Z', 24],
		['America/New_York', '2026-03-01T03:00:00Z', '2026-02-27', '2026-02-27T05:00:00.000Z', 24],
		['Asia/Kolkata', '2026-01-01T02:30:00Z', '2025-12-31', '2025-12-30T18:30:00.000Z', 24],
		// The clocks go forward on 29 March and back on 25 October.
		['Europe/Berlin', '2026-03-30T06:00:00Z', '2026-03-29', '2026-03-28T23:00:00.000Z', 23],
		['Europe/Berlin', '2026-10-26T07:00:00Z', '2026-10-25', '2026-10-24T22:00:00.000Z', 25],
	])('in %s at %s is %s', (timeZone, now, date, from, hours) => {
		const day = dayBefore(new Date(now), timeZone);
		expect(day.date).toBe(date);
		expect(day.from.toISOString()).toBe(from);
		expect((day.to.getTime() - day.from.getTime()) / HOUR_MS).toBe(hours);
	});

	it('ends where today begins, at every hour of a year and in zones on both sides', () => {
		for (const timeZone of ['Pacific/Auckland', 'America/Los_Angeles', 'Australia/Lord_Howe']) {
			for (let hour = 0; hour < 365 * 24; hour += 61) {
				const now = new Date(Date.UTC(2026, 0, 1, hour));
				const { from, to } = dayBefore(now, timeZone);
				expect(to.getTime()).toBeLessThanOrEqual(now.getTime());
				expect(now.getTime() - to.getTime()).toBeLessThan(25 * HOUR_MS);
				expect(dayBefore(to, timeZone).from).toEqual(from);
				expect(dayBefore(new Date(to.getTime() - 1), timeZone).to).toEqual(from);
			}
		}
	});
});
