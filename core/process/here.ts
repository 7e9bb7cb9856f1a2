import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Where process numbers mean the same as here. Containers may share the host's name, as they do on its network, and each counts
 * its processes for itself.
 */
export function here(): string {
	try {
		return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
	} catch {
		// Not Linux: there are no such containers.
		return hostname();
	}
}
