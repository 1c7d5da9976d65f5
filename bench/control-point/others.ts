import { readFileSync } from 'node:fs';
import { type Row, round } from '../measure';

/** Of the machine's processor time, what others may take: beyond it every figure is about them as well. */
const GOAL = 10;
const SECONDS = 2;

/** Share of the time between two readings of /proc/stat in which processors worked, in percent (proc(5)). */
export function busyBetween(before: string, after: string): number {
  const times = (text: string): number[] => (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
  const [from, to] = [times(before), times(after)];
  const passed = to.map((time, i) => time - (from[i] ?? 0));
  const all = passed.slice(0, 8).reduce((sum, time) => sum + time, 0);
  // Idle, and waiting for the disk.
  const idle = (passed[3] ?? 0) + (passed[4] ?? 0);
  return ((all - idle) * 100) / all;
}

/** What the machine does before anything is started here. */
export async function othersRow(): Promise<Row> {
  const read = (): string => readFileSync('/proc/stat', 'utf8');
  const before = read();
  await new Promise((done) => setTimeout(done, SECONDS * 1000));
  const value = round(busyBetween(before, read()));
  return { name: 'processors that others used before the start', value, unit: '%', goal: GOAL, held: value <= GOAL };
}
