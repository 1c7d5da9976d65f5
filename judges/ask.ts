import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Docket, type Exception } from './exceptions';
import { type Judge, JudgeError } from './judge';
import type { Row } from './scorecard';
import { subjectOf } from './subject';

/** Manifests to be judged: a folder, a file or a chart. */
export interface Asked {
  readonly name: string;
  readonly path: string;
  /** Somebody else's: exceptions are for what is ours. */
  readonly peer: boolean;
}

/** What all judges said. */
export interface Judgement {
  readonly rows: readonly Row[];
  /** Judges that this machine does not have. */
  readonly absent: readonly string[];
  /** Exceptions that no finding needed. */
  readonly stale: readonly string[];
}

/** Asks every judge about everything. */
export async function ask(
  judges: readonly Judge[],
  all: readonly Asked[],
  exceptions: readonly Exception[],
): Promise<Judgement> {
  const docket = new Docket(exceptions);
  const rows: Row[] = [];
  const absent: string[] = [];
  const rowOf = async (judge: Judge, program: string, { name, path, peer }: Asked): Promise<Row> => {
    const folder = mkdtempSync(join(tmpdir(), 'firepit-judged-'));
    try {
      const { passed, failed } = judge.judge(program, await subjectOf(path, folder));
      const { open, excepted } = peer ? { open: failed, excepted: [] } : docket.part(judge.name, failed);
      return { judge: judge.name, version: judge.version, name, passed, open, excepted };
    } catch (error) {
      throw error instanceof JudgeError ? new JudgeError(`${name}: ${error.message}`) : error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  for (const judge of judges) {
    const program = await judge.program();
    if (program === undefined) absent.push(judge.name);
    else for (const one of all) rows.push(await rowOf(judge, program, one));
  }
  return { rows, absent, stale: docket.stale(rows.map(({ judge }) => judge)) };
}
