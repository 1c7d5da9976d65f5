import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyApps } from '../test/support/installed';
import { compared, interleaved, type Row } from './measure';

const ROOT = join(__dirname, '..');
const APP = 'apps/support-desk.prod.ts';

/** The installed command, cold, against `tsx` on a file that imports the same packages and does nothing. */
export function benchCold(): Row[] {
  const project = mkdtempSync(join(tmpdir(), 'firepit-cold-'));
  try {
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(ROOT, join(project, 'node_modules/firepit'));
    copyApps(ROOT, project);
    const run = (...args: readonly string[]): void => {
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    };
    const times = interleaved(
      {
        nothing: () => run(join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'bench/nothing.ts')),
        synth: () => run('node_modules/firepit/build/cli/main.js', 'synth', '--no-typecheck', APP, '--out', 'dist'),
      },
      { rounds: 15, warmup: 2 },
    );
    return [compared('cold firepit synth --no-typecheck, against tsx doing nothing', times.synth, times.nothing, 2.5)];
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}
