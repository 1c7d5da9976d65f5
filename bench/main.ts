import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { benchCold } from './cold';
import { benchLedger } from './ledger';
import type { Row } from './measure';
import { benchScale } from './scale';
import { benchSequence } from './sequence';
import { benchSynth } from './synth';

const cell = (n: number | undefined): string => (n === undefined ? '' : n.toFixed(n < 10 ? 2 : 1));

function table(rows: readonly Row[]): string {
  const head = ['name', 'value', 'min–max', 'unit', 'baseline', 'ratio', 'goal', 'held'];
  const body = rows.map(({ name, value, unit, spread, baseline, ratio, goal, least, held }) => [
    name,
    cell(value),
    spread === undefined ? '' : spread.map(cell).join('–'),
    unit,
    cell(baseline),
    cell(ratio),
    goal !== undefined ? `≤ ${goal}` : least !== undefined ? `≥ ${least}` : '',
    goal === undefined && least === undefined ? '' : held ? 'yes' : 'NO',
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

const BENCHES: Readonly<Record<string, { readonly built: boolean; readonly run: () => Row[] | Promise<Row[]> }>> = {
  cold: { built: true, run: benchCold },
  synth: { built: false, run: benchSynth },
  scale: { built: true, run: benchScale },
  sequence: { built: false, run: benchSequence },
  ledger: { built: false, run: benchLedger },
};

/** `npm run bench`: all of them; `npm run bench -- ledger`: those named. */
async function main(): Promise<void> {
  const named = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const unknown = named.find((name) => !(name in BENCHES));
  if (unknown !== undefined) {
    process.stderr.write(`no bench is named ${unknown}; there are ${Object.keys(BENCHES).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const chosen = Object.entries(BENCHES).filter(([name]) => named.length === 0 || named.includes(name));
  if (chosen.some(([, { built }]) => built)) build();
  const rows: Row[] = [];
  for (const [name, { run }] of chosen) {
    if (process.stderr.isTTY) process.stderr.write(`${name} …\n`);
    rows.push(...(await run()));
  }
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
  const json = process.argv.includes('--json');
  process.stdout.write(json ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : `${machine}\n\n${table(rows)}\n`);
  process.exitCode = rows.every(({ held }) => held) ? 0 : 1;
}

void main();
