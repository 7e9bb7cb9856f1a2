// Ignores every polite signal and leaves a child in a session of its own.
import { spawn } from 'node:child_process';
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
const child = spawn('sleep', ['300'], { detached: true, stdio: 'inherit' });
process.stdout.write(`${child.pid}\n`);
setInterval(() => {}, 1000);
