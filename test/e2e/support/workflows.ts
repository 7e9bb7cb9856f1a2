import { property } from './rest';

/** A workflow file as n8n exports it; only what an import needs is read. */
export interface WorkflowJson {
	readonly name: string;
	readonly nodes: readonly Record<string, unknown>[];
	readonly connections: Record<string, unknown>;
	readonly settings?: Record<string, unknown>;
}

/** Credential type → id and name, as a person would choose them in the editor. */
export type ChosenCredentials = Readonly<Record<string, { readonly id: string; readonly name: string }>>;

/** Chooses a credential in every node that takes one of these types. `typesOfNode` is what each node type declares. */
export function withCredentials(workflow: WorkflowJson, chosen: ChosenCredentials, typesOfNode: ReadonlyMap<string, readonly string[]>): WorkflowJson {
	return {
		...workflow,
		nodes: workflow.nodes.map((node) => {
			const wanted = (typesOfNode.get(String(node.type)) ?? []).filter((type) => chosen[type] !== undefined);
			if (wanted.length === 0) return node;
			return { ...node, credentials: { ...Object(node.credentials), ...Object.fromEntries(wanted.map((type) => [type, chosen[type]])) } };
		}),
	};
}

/** From n8n's own list of node types: type name → the credential types that it declares. */
export function credentialTypesByNode(nodeTypes: unknown): Map<string, readonly string[]> {
	const known = new Map<string, readonly string[]>();
	for (const node of Array.isArray(nodeTypes) ? nodeTypes : []) {
		const declared: unknown = property(node, 'credentials');
		if (!Array.isArray(declared)) continue;
		known.set(String(property(node, 'name')), declared.map((credential) => String(property(credential, 'name'))));
	}
	return known;
}
