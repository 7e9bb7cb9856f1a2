import type { Marker } from './playbook';

const HALT = /^<!--\s*maestro:halt\s*(?::([^]*))?-->$/i;
const GATE = /^<!--\s*maestro:hitl\b([^]*)-->$/i;
const REASON = /\breason\s*=\s*"([^"]*)"/i;
const ARTIFACT = /\bartifact\s*=\s*"([^"]*)"/i;
const LONGEST_LINE = 10_000;

/** The marker that a line is, if it is one; `content` is the line without the blanks around it. */
export function readMarker(content: string, line: number): Marker | undefined {
	if (content.length > LONGEST_LINE) return undefined;
	const halt = HALT.exec(content);
	if (halt !== null) return { kind: 'halt', line, reason: halt[1]?.trim() ?? '' };
	const [, attributes] = GATE.exec(content) ?? [];
	if (attributes === undefined) return undefined;
	const reason = REASON.exec(attributes)?.[1]?.trim() ?? '';
	return { kind: 'gate', line, reason, artifact: ARTIFACT.exec(attributes)?.[1]?.trim() ?? '' };
}
