import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCold } from './cold';
import { benchControlPoint } from './control-point';
import { benchLarge } from './large';
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

const options = {
  json: { type: 'boolean' },
  // Of control-point.
  quick: { type: 'boolean' },
  soak: { type: 'string' },
  processor: { type: 'boolean' },
  profile: { type: 'string' },
} as const;

const SOAK_MINUTES = '10';
/** @throws Error of Node for what nobody knows */
const asked = () =>
  parseArgs({
    args: process.argv
      .slice(2)
      .flatMap((arg, i, all) => (arg === '--soak' && !/^\d/.test(all[i + 1] ?? '') ? [arg, SOAK_MINUTES] : [arg])),
    allowPositionals: true,
    options,
  });
type Asked = ReturnType<typeof asked>['values'];

const BENCHES: Readonly<
  Record<string, { readonly built: boolean; readonly run: (asked: Asked) => Row[] | Promise<Row[]> }>
> = {
  cold: { built: true, run: benchCold },
  synth: { built: false, run: benchSynth },
  scale: { built: true, run: benchScale },
  large: { built: true, run: benchLarge },
  sequence: { built: false, run: benchSequence },
  ledger: { built: false, run: benchLedger },
  'control-point': { built: false, run: benchControlPoint },
};

/**
 * `npm run bench`: all of them; `npm run bench -- ledger`: those named.
 * Options: --json; of control-point --quick (a minute), --soak MINUTES (whether memory grows under steady load, and
 * nothing else; 10 where no number follows), --processor (the
 * governor's time for an exchange, and nothing else), --profile FOLDER.
 */
async function main(): Promise<void> {
  const { values, positionals: named } = asked();
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
    rows.push(...(await run(values)));
  }
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
  process.stdout.write(
    values.json === true ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : `${machine}\n\n${table(rows)}\n`,
  );
  process.exitCode = rows.every(({ held }) => held) ? 0 : 1;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true ? 2 : 1;
});
