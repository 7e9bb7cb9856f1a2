import { isMaestroError } from '../errors';
import { z } from '../schema';
import { type Connection, ownerAndName } from './connection';
import type { GithubClient } from './github';

const HOOK = z.object({ id: z.number(), config: z.object({ url: z.string().optional() }) });
const PERMISSION = 'Webhooks: read and write (a classic token: admin:repo_hook, or repo)';

type Hooks = Pick<GithubClient, 'ensureWebhook' | 'removeWebhook'>;

export function hooks(connection: Connection): Hooks {
	async function find(repository: string, url: string, signal: AbortSignal): Promise<number | undefined> {
		const call = { route: 'GET /repos/{owner}/{repo}/hooks', parameters: { ...ownerAndName(repository), per_page: 100 }, signal, repeatable: true, what: `reading the webhooks of ${repository}`, permission: PERMISSION };
		return (await connection.ask(call, z.array(HOOK))).find((hook) => hook.config.url === url)?.id;
	}

	return {
		async ensureWebhook(request, signal) {
			const { repository } = request;
			// Form encoding is GitHub's default for hooks that are made through the API.
			const config = { url: request.url, content_type: 'json', secret: request.secret, insecure_ssl: '0' };
			const wanted = { ...ownerAndName(repository), active: true, events: [...request.events], config };
			const shared = { signal, repeatable: true, permission: PERMISSION };
			const update = async (id: number): Promise<{ id: number; created: boolean }> => {
				// The secret cannot be read back, so it is written each time.
				const call = { ...shared, route: 'PATCH /repos/{owner}/{repo}/hooks/{hook_id}', parameters: { ...wanted, hook_id: id }, what: `changing the webhook of ${repository}` };
				return { id: (await connection.ask(call, HOOK)).id, created: false };
			};
			const known = await find(repository, request.url, signal);
			if (known !== undefined) return await update(known);
			try {
				const call = { ...shared, route: 'POST /repos/{owner}/{repo}/hooks', parameters: { ...wanted, name: 'web' }, what: `making the webhook of ${repository}` };
				return { id: (await connection.ask(call, HOOK)).id, created: true };
			} catch (error) {
				// The first try got through and its answer was lost, or another instance was faster.
				if (!isMaestroError(error) || error.code !== 'github_rejected' || !/already exists/i.test(error.message)) throw error;
				const there = await find(repository, request.url, signal);
				if (there === undefined) throw error;
				return await update(there);
			}
		},
		async removeWebhook(repository, id, signal) {
			const call = { route: 'DELETE /repos/{owner}/{repo}/hooks/{hook_id}', parameters: { ...ownerAndName(repository), hook_id: id }, signal, repeatable: true, what: `removing the webhook of ${repository}`, permission: PERMISSION };
			try {
				await connection.raw(call);
			} catch (error) {
				if (!isMaestroError(error) || error.code !== 'github_not_found') throw error;
			}
		},
	};
}
