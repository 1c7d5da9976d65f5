import { runWithin } from './enclosure';

/** Resident memory of every process of a cluster of our own, in MiB, by program; the largest first. */
export function memoryOf(folder: string): Record<string, number> {
  const { out } = runWithin(folder, 'ps', ['-eo', 'rss=,comm=']);
  const sums = new Map<string, number>();
  for (const [, rss, program = ''] of out.matchAll(/^\s*(\d+) (\S+)/gm))
    sums.set(program, (sums.get(program) ?? 0) + Number(rss) / 1024);
  return Object.fromEntries(
    [...sums]
      .map(([program, mib]) => [program, Math.round(mib)] as const)
      .filter(([, mib]) => mib > 0)
      .sort((a, b) => b[1] - a[1]),
  );
}
