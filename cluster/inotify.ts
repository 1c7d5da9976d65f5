import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs `work` while all Envoys that tests start at a time find inotify instances; afterwards the machine is set as it
 * was, also where this process is killed.
 * @param places of the setting, and of what it was @default - this machine's
 * @throws Error with the setting, where it is too low and cannot be raised from here
 */
export async function withInotify<T>(work: () => Promise<T>, ...places: [string, string] | []): Promise<T> {
  const holder = spawn('sh', [join(__dirname, 'inotify.sh'), 'hold', ...places], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
  });
  let said = '';
  holder.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const gone = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once('error', reject);
      holder.once('close', () => reject(new Error(said.trim() || 'no room for inotify instances can be made')));
      holder.stdout.once('data', () => resolve());
    });
    return await work();
  } finally {
    holder.stdin.end();
    await gone;
  }
}
