import { join, resolve } from 'node:path';

export const repositoryRoot = resolve(__dirname, '../../..');
export const cacheFolder = join(repositoryRoot, '.cache');
export const n8nBinary = join(cacheFolder, 'host/node_modules/n8n/bin/n8n');
/** The real CLI, pinned in test/host/claude. */
export const claudeBinary = join(cacheFolder, 'claude/node_modules/.bin/claude');
