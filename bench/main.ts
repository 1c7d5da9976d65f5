import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { benchCold } from './cold';
import type { Row } from './measure';
import { benchScale } from './scale';
import { benchSequence } from './sequence';
import { benchSynth } from './synth';

const cell = (n: number | undefined): string => (n === undefined ? '' : n.toFixed(n < 10 ? 2 : 1));

function table(rows: readonly Row[]): string {
  const head = ['name', 'value', 'min–max', 'unit', 'baseline', 'ratio', 'goal', 'held'];
  const body = rows.map(({ name, value, unit, spread, baseline, ratio, goal, held }) => [
    name,
    cell(value),
    spread === undefined ? '' : spread.map(cell).join('–'),
    unit,
    cell(baseline),
    cell(ratio),
    goal === undefined ? '' : `≤ ${goal}`,
    goal === undefined ? '' : held ? 'yes' : 'NO',
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((row) => row[i]?.length ?? 0)));
  return [head, ...body]
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What is measured in processes of their own is the package as built. */
function build(): void {
  const { status } = spawnSync(process.execPath, [join(__dirname, '../scripts/build.js')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
}

const json = process.argv.includes('--json');
build();
const rows = [benchCold, benchSynth, benchScale, benchSequence].flatMap((bench) => {
  if (process.stderr.isTTY) process.stderr.write(`${bench.name} …\n`);
  return bench();
});
const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
process.stdout.write(json ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : `${machine}\n\n${table(rows)}\n`);
process.exitCode = rows.every(({ held }) => held) ? 0 : 1;
