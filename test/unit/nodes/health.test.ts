import { MaestroError } from '../../../core/errors';
import { expiryOfKey } from '../../../nodes/Maestro/health-checks';
import { findingOf } from '../../../nodes/Maestro/health';

const never = new AbortController().signal;

describe('one check', () => {
	it('that throws is a finding, with the advice of the error', async () => {
		const look = async (): Promise<never> => await Promise.reject(new MaestroError('disk', 'No room', 'Make some'));
		expect(await findingOf(look, never, 1_000)).toEqual({ ok: false, message: 'No room', advice: 'Make some' });
	});

	it('that never comes back is a finding, and is told to stop', async () => {
		let told: AbortSignal | undefined;
		const look = async (signal: AbortSignal): Promise<never> => {
			told = signal;
			return await new Promise<never>(() => undefined);
		};
		expect(await findingOf(look, never, 20)).toMatchObject({ ok: false, message: expect.stringContaining('no answer') });
		expect(told?.aborted).toBe(true);
	});

	it('ends with n8n\'s Stop button as an error, whatever it does', async () => {
		const stop = new AbortController();
		const ended = findingOf(async () => await new Promise<never>(() => undefined), stop.signal, 60_000);
		stop.abort(new Error('stopped by a person'));
		await expect(ended).rejects.toThrow('stopped by a person');
		await expect(findingOf(async () => await Promise.resolve({ ok: true, message: '', advice: '' }), stop.signal, 60_000)).rejects.toThrow('stopped by a person');
	});
});

test.each([
	[`h.${Buffer.from('{"exp":1772366400}').toString('base64url')}.s`, '2026-03-01T12:00:00.000Z'],
	[`h.${Buffer.from('{"sub":"x"}').toString('base64url')}.s`, undefined],
	[`h.${Buffer.from('null').toString('base64url')}.s`, undefined],
	['n8n_api_0123456789', undefined],
	['', undefined],
])('the key %s ends at %s', (key, date) => {
	expect(expiryOfKey(key)?.toISOString()).toBe(date);
});
