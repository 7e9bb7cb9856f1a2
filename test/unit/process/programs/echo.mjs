// Tells what it was given: arguments, environment, stdin, file descriptor 3.
import { readFileSync } from 'node:fs';
import { createReadStream } from 'node:fs';
const stdin = readFileSync(0, 'utf8');
let secret = '';
if (process.argv.includes('--secret')) for await (const chunk of createReadStream('', { fd: 3 })) secret += chunk;
process.stderr.write('a word on stderr');
process.stdout.write(JSON.stringify({ args: process.argv.slice(2), env: process.env, stdin, secret }));
