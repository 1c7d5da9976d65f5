import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { desk } from '../test/support/desk';
import { type Row, round, spreadOf } from './measure';

const MANY = 1000;
const FEW = 10;
const PEAK = 250;
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
  const { stdout, status } = spawnSync(process.execPath, [join(__dirname, 'many.js'), options], {
    encoding: 'utf8',
    input: JSON.stringify(desk()),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('the measurement of many environments failed');
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
      name: `peak memory of ${MANY} environments in one process`,
      value: round(resident),
      unit: 'MB',
      goal: PEAK,
      held: resident < PEAK,
    },
    { name: 'of it the heap', value: round(heap), unit: 'MB', held: true },
  ];
}
