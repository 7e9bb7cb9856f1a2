import { severityOf } from '../../../core/signal/severity';

describe('severity from labels', () => {
	it.each([
		[[], 'medium'],
		[['auto', 'bug'], 'medium'],
		[['P0'], 'urgent'],
		[['urgent'], 'urgent'],
		[['priority: high'], 'high'],
		[['Priority/Critical'], 'urgent'],
		[['severity: low'], 'low'],
		[['priority - p1'], 'high'],
		[['low', 'high'], 'high'],
		[['highlight'], 'medium'],
	] as const)('%j is %s', (labels, expected) => {
		expect(severityOf(labels)).toBe(expected);
	});
});
