import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Row, round } from '../measure';
import { probe } from '../probe';
import { eventRows, policyRows } from './costs';
import { climb, ladderRows, rungsOf } from './ladder';
import { measured } from './load';
import { othersRow } from './others';
import { assertPinnable, CORE, pin, usage } from './processes';
import { processorRows } from './processor';
import { profileRows } from './profile';
import { rateRows } from './rates';
import { recordRows } from './records';
import { LIMITS, lateness, merged, type Result, share, wrongs } from './result';
import { type Site, withSite } from './site';
import { soakRows } from './soak';
import { streamRows } from './stream';

export interface ControlPointOptions {
  /** Two minutes: whether all works, with rough figures. @default false */
  readonly quick?: boolean;
  /** Only whether memory grows, over so many minutes of steady load. @default - not asked */
  readonly soak?: string;
  /** Only what an exchange takes of the governor's processor: for a machine that others use as well. @default false */
  readonly processor?: boolean;
  /** Empty folder for a profile of the governor's processor time, of which shares are shown. @default - none */
  readonly profile?: string;
}

/** Megabytes of one replica. */
const MEMORY = { idle: 150, load: 300 } as const;
const LONGEST_SOAK = 24 * 60;
const FULL = { warm: 3, rounds: 6, round: 5, stream: 8, mixed: 8, flatOut: 6 } as const;
const QUICK = { warm: 3, rounds: 2, round: 1.5, stream: 4, mixed: 2, flatOut: 2 } as const;

const megabytes = (name: string, value: number, goal?: number): Row => ({
  name,
  value: round(value),
  unit: 'MB',
  ...(goal === undefined ? {} : { goal }),
  held: value <= (goal ?? Number.POSITIVE_INFINITY),
});

/** Every way is asked for a while before it counts: nobody measures a program that was just compiled. */
async function warm(site: Site, seconds: number): Promise<void> {
  for (const { plan } of rungsOf(site)) await measured({ ...plan, rate: 0, connections: 8, seconds });
}

/** The generator measures others only as long as it is not the limit itself. */
function generatorRows(results: readonly Result[]): Row[] {
  const all = merged(results);
  return [
    {
      name: 'the load generator: late itself, p99',
      value: round(lateness(all)),
      unit: 'ms',
      goal: LIMITS.lateMilliseconds,
      held: true,
    },
    {
      name: 'the load generator: of its processor',
      value: round(share(all) * 100),
      unit: '%',
      goal: LIMITS.share * 100,
      held: true,
    },
    { name: 'wrong answers on the ladder', value: wrongs(all), unit: 'count', goal: 0, held: wrongs(all) === 0 },
  ];
}

/** @throws Error for what is no number of minutes */
function minutesOf(soak: string): number {
  const minutes = Number(soak);
  if (!(minutes >= 1 && minutes <= LONGEST_SOAK))
    throw new Error(`found --soak ${soak}; expected: minutes, from 1 to ${LONGEST_SOAK}, such as --soak 10`);
  return minutes;
}

/** The control point at work beside what it is compared with; what came of it by the goals. */
export async function benchControlPoint({
  quick = false,
  soak,
  processor = false,
  profile,
}: ControlPointOptions = {}): Promise<Row[]> {
  assertPinnable();
  const minutes = soak === undefined ? undefined : minutesOf(soak);
  const others = await othersRow();
  const profiled = profile === undefined ? {} : { profile };
  const lengths = quick ? QUICK : FULL;
  pin(process.pid, String(CORE.load));
  const folder = mkdtempSync(join(tmpdir(), 'firepit-bench-disk-'));
  try {
    const rows = await withSite(
      async (site) => {
        if (processor) return [others, ...(await processorRows(site))];
        if (minutes !== undefined) return [others, ...(await soakRows(site, minutes))];
        for (const line of site.missing) process.stderr.write(`${line}\n`);
        const { pid } = site.governor.process;
        const idle = usage(pid).memory;
        const disk = probe(folder);
        await warm(site, lengths.warm);
        const results = await climb(rungsOf(site), { rounds: lengths.rounds, seconds: lengths.round });
        const measuredRows = [
          others,
          disk,
          ...generatorRows([...results.values()].flat()),
          ...ladderRows(results),
          ...(await recordRows(site, lengths.mixed)),
          ...(await streamRows(site, lengths.stream)),
          ...(await rateRows(site, lengths.flatOut)),
          ...policyRows(),
          ...(await eventRows(site)),
        ];
        return [
          ...measuredRows,
          megabytes('memory of a governor, idle', idle, MEMORY.idle),
          megabytes('memory of a governor, at most under load', usage(pid).peak, MEMORY.load),
        ];
      },
      processor || minutes !== undefined ? { ...profiled, rivals: [] } : profiled,
    );
    return profile === undefined ? rows : [...rows, ...profileRows(profile)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    pin(process.pid, `0-${cpus().length - 1}`);
  }
}
