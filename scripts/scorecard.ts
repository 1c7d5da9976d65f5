import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { examples, JUDGES } from '../judges';
import { type Asked, ask } from '../judges/ask';
import { exceptions } from '../judges/exceptions';
import { JudgeError } from '../judges/judge';
import { scorecardPage, scorecardTable } from '../judges/scorecard';

/**
 * `npm run scorecard`: what independent judges say about every example environment; writes docs/scorecard.md. With
 * `-- --peer name=path` the same judges look at a peer's chart or manifests too, and nothing is written.
 */

const peerOf = (argument: string): Asked => {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(argument) ?? [];
  if (name === undefined || path === undefined)
    throw new JudgeError(
      `--peer ${argument}: a name and the path of a chart are expected, as in kyverno=./charts/kyverno`,
    );
  return { name, path, peer: true };
};

const peersOf = (argv: readonly string[]): Asked[] => {
  try {
    const { values } = parseArgs({ args: [...argv], options: { peer: { type: 'string', multiple: true } } });
    return (values.peer ?? []).map(peerOf);
  } catch (error) {
    throw error instanceof JudgeError ? error : new JudgeError((error as Error).message);
  }
};

async function main(): Promise<void> {
  const peers = peersOf(process.argv.slice(2));
  const ours = examples();
  const all = exceptions();
  const judgement = await ask(JUDGES, [...ours, ...peers], all);
  process.stdout.write(scorecardTable(judgement, new Set(ours.map(({ name }) => name))));
  if (peers.length > 0) return;
  writeFileSync(join(__dirname, '../docs/scorecard.md'), scorecardPage(judgement.rows, all));
  process.stdout.write('docs/scorecard.md is written\n');
}

main().catch((error: unknown) => {
  if (!(error instanceof JudgeError)) throw error;
  process.stderr.write(`scorecard: ${error.message}\n`);
  process.exitCode = 1;
});
