import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Programs of the bench whose source is here, each a Go module in a folder of its name. */
export type OwnProgram = 'stand-in' | 'tls-registry';

/** Path of a program of the bench. */
export const ownProgram = (name: OwnProgram): string => builtFrom(join(__dirname, name), name);

/** Path of a program of ours, built once for each state of its source, a Go module. @param name of it in the cache */
export function builtFrom(source: string, name: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(source).sort()) hash.update(`${file}\n`).update(readFileSync(join(source, file)));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', name);
  const program = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const part = `${program}.${process.pid}`;
  execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', part, '.'], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  renameSync(part, program);
  return program;
}
