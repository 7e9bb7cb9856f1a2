import { AUTHOR_TRUST, type AuthorTrust } from './signal';

/** GitHub's `author_association` in Maestro's words; what GitHub may add later is not trusted. */
export function trustOf(association: string): AuthorTrust {
	switch (association.toUpperCase()) {
		case 'OWNER':
			return 'owner';
		case 'MEMBER':
			return 'member';
		case 'COLLABORATOR':
			return 'collaborator';
		case 'CONTRIBUTOR':
			return 'contributor';
		default:
			return 'none';
	}
}

/** Whether an author may ask for at least as much as `minimum`. */
export function trustedAtLeast(trust: AuthorTrust, minimum: AuthorTrust): boolean {
	return AUTHOR_TRUST.indexOf(trust) <= AUTHOR_TRUST.indexOf(minimum);
}

/** A GitHub app writes under a login that ends so, whatever its association says. */
export function isBotLogin(login: string): boolean {
	return login.toLowerCase().endsWith('[bot]');
}
