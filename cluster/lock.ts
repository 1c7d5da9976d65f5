import { spawn } from 'node:child_process';

/**
 * Runs `work` while holding the lock of a file. The kernel holds it for a child that ends with this process, so a
 * killed holder never keeps anybody waiting.
 */
export async function locked<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat > /dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const gone = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once('error', (error) => reject(new Error(`flock cannot be run: ${error.message}`)));
      holder.once('close', () => reject(new Error(`${file} cannot be locked`)));
      holder.stdout.once('data', () => resolve());
    });
    return await work();
  } finally {
    holder.stdin.end();
    await gone;
  }
}
