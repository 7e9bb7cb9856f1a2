import { viewOf } from '../../../../../nodes/shared/store/open';

it('what one key sees of an n8n is its own, and does not tell the key', () => {
	const views = [['http://a', 'key-1'], ['http://a', 'key-2'], ['http://b', 'key-1']].map(([baseUrl = '', apiKey = '']) => viewOf({ baseUrl, apiKey }));
	expect(new Set(views).size).toBe(3);
	expect(views.join()).not.toContain('key-');
	expect(viewOf({ baseUrl: 'http://a', apiKey: 'key-1' })).toBe(views[0]);
});
