import { endProcesses, findProcesses, type FoundProcess, type Marker } from '../process';

/** By ours the CLI itself is known, by the CLI's own what it started; both are inherited. */
const VARIABLE = 'MAESTRO_SESSION';
export const sessionVariable = (sessionId: string): Record<string, string> => ({ [VARIABLE]: sessionId });
export const sessionMarker = (sessionId: string): Marker => `${VARIABLE}=${sessionId}`;
export const cliMarker = (sessionId: string): Marker => `CLAUDE_CODE_SESSION_ID=${sessionId}`;

const GRACE_MS = 5_000;

/** What of a session still works on this host, for example since n8n was killed. */
export async function findSession(sessionId: string): Promise<FoundProcess[]> {
	return await findProcesses([sessionMarker(sessionId), cliMarker(sessionId)]);
}

/** Ends all of it: asked first, so that the CLI saves the conversation, then by force. Gives how many processes there were. */
export async function endSession(sessionId: string): Promise<number> {
	return await endProcesses([sessionMarker(sessionId), cliMarker(sessionId)], 'SIGINT', GRACE_MS);
}
