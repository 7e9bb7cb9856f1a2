// Ends at once and leaves a child in a session of its own that holds stdout open.
import { spawn } from 'node:child_process';
const child = spawn('sleep', ['300'], { detached: true, stdio: 'inherit' });
child.unref();
process.stdout.write(`${child.pid}\n`, () => process.exit(3));
