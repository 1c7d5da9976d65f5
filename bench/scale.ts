import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { desk } from '../test/support/desk';
import { type Row, round, spreadOf } from './measure';

const MANY = 1000;
const FEW = 10;
const PEAK = 250;
/**
 * Megabytes of old objects. Without a limit V8 collects when it likes, later on a slow machine, and the figure says how
 * late; with one, a process that keeps too much ends.
 */
const OLD_SPACE = 160;
const LINEAR = 1.15;

interface Scale {
  /** Milliseconds of processor time per environment, for batches of ten before and after the thousand. */
  readonly few: readonly number[];
  /** The same, for each ten of the thousand. */
  readonly many: readonly number[];
  /** Megabytes: the most that the heap took, and the process. */
  readonly heap: number;
  readonly resident: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether time per environment and memory stay the same from 10 to 1000 environments in one process. */
export function benchScale(): Row[] {
  const options = JSON.stringify({ warmup: 60, batches: 9, few: FEW, many: MANY });
  const { stdout, status } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${OLD_SPACE}`, join(__dirname, 'many.js'), options],
    {
      encoding: 'utf8',
      input: JSON.stringify(desk()),
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  if (status !== 0)
    throw new Error(`the measurement of many environments failed; ${OLD_SPACE} MB of heap may not be enough for them`);
  const { few, many, heap, resident }: Scale = JSON.parse(stdout);
  // Means, so that what grows with their number counts in full.
  const ratio = mean(many) / mean(few);
  const { min, max } = spreadOf(many);
  return [
    {
      name: `processor time per environment, ${MANY} in one process, against ${FEW}`,
      value: round(mean(many)),
      unit: 'ms',
      spread: [round(min), round(max)],
      baseline: round(mean(few)),
      ratio: round(ratio),
      goal: LINEAR,
      held: ratio <= LINEAR,
    },
    {
      name: `peak memory of ${MANY} environments in one process, of whose heap ${OLD_SPACE} MB may be old`,
      value: round(resident),
      unit: 'MB',
      goal: PEAK,
      held: resident < PEAK,
    },
    { name: 'of it the heap', value: round(heap), unit: 'MB', held: true },
  ];
}
