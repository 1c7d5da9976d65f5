import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Root on Linux can take the network away from a program; elsewhere the programs' own switches must do. */
const CUT_OFF = spawnSync('unshare', ['--net', 'true']).status === 0 ? ['unshare', '--net'] : [];

/** Whether programs run without any network. */
export const isolated = CUT_OFF.length > 0;

export interface Ran {
  readonly ok: boolean;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a judge: no network, a home of its own, nothing of our environment. */
export function run(program: string, args: readonly string[]): Ran {
  const home = mkdtempSync(join(tmpdir(), 'firepit-judge-'));
  const [command = program, ...rest] = [...CUT_OFF, program, ...args];
  try {
    const { status, stdout, stderr, error } = spawnSync(command, rest, {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8' },
    });
    if (error !== undefined) throw error;
    return { ok: status === 0, status, stdout, stderr };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
