import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeParameters,
	INodeType,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

// Errors that a test asks for are no news.
process.env.N8N_LOG_LEVEL ??= 'silent';
// n8n-core writes its instance settings when it is loaded: not into the home folder of whoever runs the tests.
process.env.N8N_USER_FOLDER ??= mkdtempSync(join(tmpdir(), 'maestro-engine-'));
/** The only folder that n8n lets nodes touch; n8n-core reads this once. */
export const ALLOWED_FOLDER = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-engine-allowed-')));
process.env.N8N_RESTRICT_FILE_ACCESS_TO = ALLOWED_FOLDER;

import { ICredentialsHelper, NodeHelpers, Workflow } from 'n8n-workflow';
import { ExecutionLifecycleHooks } from 'n8n-core';

export type Credentials = Readonly<Record<string, ICredentialDataDecryptedObject>>;

export interface Setting {
	readonly parameters?: INodeParameters;
	/** Credential type → its fields, decrypted. */
	readonly credentials?: Credentials;
	/** Base URL of the n8n that the node believes to run in. */
	readonly baseUrl?: string;
	readonly mode?: WorkflowExecuteMode;
	readonly executionId?: string;
	/** Of the workflow; webhooks and triggers keep theirs here. */
	readonly staticData?: IDataObject;
	/** Further fields of the node, such as onError. */
	readonly node?: Partial<INode>;
	/** Messages of `sendMessageToUI`. */
	readonly onMessage?: (type: string, data: unknown) => void;
}

export interface OneNode {
	readonly node: INode;
	readonly workflow: Workflow;
	readonly additionalData: IWorkflowExecuteAdditionalData;
	readonly mode: WorkflowExecuteMode;
}

/** A workflow that holds only this node, in n8n-core, with default parameters filled in as the editor does. */
export function workflowOf(nodeType: INodeType, setting: Setting): OneNode {
	const { description } = nodeType;
	const mode = setting.mode ?? 'trigger';
	const version = Array.isArray(description.version) ? Math.max(...description.version) : description.version;
	const node: INode = {
		id: 'node-1',
		name: description.defaults.name ?? description.displayName,
		type: `n8n-nodes-maestro.${description.name}`,
		typeVersion: version,
		position: [0, 0],
		webhookId: 'webhook-1',
		parameters: {},
		// Another content is another credential, as between two n8n: webhooks keep what they read for some seconds.
		credentials: Object.fromEntries(Object.entries(setting.credentials ?? {}).map(([type, data]) => [type, { id: `${type} ${createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16)}`, name: type }])),
		...setting.node,
	};
	node.parameters = NodeHelpers.getNodeParameters(description.properties, setting.parameters ?? {}, true, false, node, description) ?? {};
	const workflow = new Workflow({
		id: 'workflow-1',
		name: 'Test',
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: onlyType(nodeType),
		settings: { executionOrder: 'v1' },
		staticData: setting.staticData,
	});
	return { node, workflow, additionalData: additionalData(setting, mode, node), mode };
}

function onlyType(nodeType: INodeType): INodeTypes {
	return { getByName: () => nodeType, getByNameAndVersion: () => nodeType, getKnownTypes: () => ({}) };
}

function additionalData(setting: Setting, mode: WorkflowExecuteMode, node: INode): IWorkflowExecuteAdditionalData {
	const baseUrl = setting.baseUrl ?? 'http://127.0.0.1:5678';
	const executionId = setting.executionId ?? 'execution-1';
	const workflowData = { id: 'workflow-1', name: 'Test', active: false, isArchived: false, activeVersionId: null, createdAt: new Date(), updatedAt: new Date(), nodes: [node], connections: {} };
	const data: Partial<IWorkflowExecuteAdditionalData> & { hooks: ExecutionLifecycleHooks } = {
		hooks: new ExecutionLifecycleHooks(mode, executionId, workflowData),
		credentialsHelper: new GivenCredentials(setting.credentials ?? {}),
		executionId,
		currentNodeExecutionIndex: 0,
		instanceBaseUrl: `${baseUrl}/`,
		restApiUrl: `${baseUrl}/rest`,
		webhookBaseUrl: `${baseUrl}/webhook`,
		webhookTestBaseUrl: `${baseUrl}/webhook-test`,
		webhookWaitingBaseUrl: `${baseUrl}/webhook-waiting`,
		formBaseUrl: `${baseUrl}/form`,
		formTestBaseUrl: `${baseUrl}/form-test`,
		formWaitingBaseUrl: `${baseUrl}/form-waiting`,
		variables: {},
		workflowId: 'workflow-1',
		sendDataToUI: setting.onMessage,
		logAiEvent: () => undefined,
	};
	// What is left out belongs to sub-workflows, agents and task runners, which a single node does not reach.
	return data as IWorkflowExecuteAdditionalData;
}

class GivenCredentials extends ICredentialsHelper {
	constructor(private readonly given: Credentials) {
		super();
	}

	getParentTypes = (): string[] => [];
	isCredentialUsableByNode = (): boolean => true;
	getCredentialsProperties = (): [] => [];
	updateCredentials = async (): Promise<void> => undefined;
	updateCredentialsOauthTokenData = async (): Promise<void> => undefined;
	preAuthentication = async (): Promise<undefined> => undefined;
	runPreAuthentication = async (): Promise<undefined> => undefined;

	getDecrypted: ICredentialsHelper['getDecrypted'] = async (_data, _details, type) => {
		const found = this.given[type];
		if (found === undefined) throw new Error(`The test gave no credential ${type}.`);
		return found;
	};

	getCredentials: ICredentialsHelper['getCredentials'] = async () => {
		throw new Error('Encrypted credentials are not there in a single-node run.');
	};

	authenticate: ICredentialsHelper['authenticate'] = async () => {
		throw new Error('Authenticated requests are not there in a single-node run: Maestro sets its headers itself.');
	};
}
