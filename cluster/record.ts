import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What one stage of a run took and counted; the page of proofs is generated from these files. */
export interface Stage {
  readonly stage: string;
  readonly seconds: number;
  readonly [fact: string]: unknown;
}

/** Writes `coverage/proof/<stage>.json`. */
export function record(stage: Stage): void {
  const folder = join(__dirname, '../coverage/proof');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${stage.stage.replace(/[^a-z0-9.]+/gi, '-')}.json`),
    `${JSON.stringify(stage, undefined, 2)}\n`,
  );
}

/** Runs a stage and writes down how long it took, whether or not it ends well. */
export async function timed<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
  const start = Date.now();
  const seconds = (): number => Math.round((Date.now() - start) / 100) / 10;
  try {
    const result = await work();
    record({ stage, seconds: seconds(), ok: true });
    return result;
  } catch (error) {
    record({ stage, seconds: seconds(), ok: false });
    throw error;
  }
}
