import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Folder with the files of a Go module, from the module cache or the module proxy. */
export function moduleFolder(module: string, version: string): string {
  try {
    return JSON.parse(
      execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
        cwd: tmpdir(),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ).Dir;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`the Go module ${module} ${version} cannot be had: ${`${stdout}${stderr}`.trim()}`);
  }
}
