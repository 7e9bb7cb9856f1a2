import { resolveWebhookDescriptionField, type INode } from 'n8n-workflow';
import { MaestroTrigger } from '../../../nodes/MaestroTrigger/MaestroTrigger.node';

const node = (path: string): INode => ({ id: '1', name: 'Trigger', type: 'n8n-nodes-maestro.maestroTrigger', typeVersion: 1, position: [0, 0], parameters: { source: 'github', path } });

describe('the path of a webhook', () => {
	const [webhook] = new MaestroTrigger().description.webhooks ?? [];

	it('is read from the node, without an expression to evaluate with every webhook', () => {
		if (webhook === undefined) throw new Error('The trigger has no webhook');
		expect(resolveWebhookDescriptionField(node('maestro/github'), webhook, 'path')).toEqual({ resolved: true, value: 'maestro/github' });
	});

	it('is an expression for the editor, which shows the address by it', () => {
		expect(JSON.parse(JSON.stringify(webhook))).toMatchObject({ path: '={{$parameter["path"]}}', isFullPath: true });
	});
});
