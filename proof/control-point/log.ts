import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LEDGER_DATA } from '../../lib/ledger';
import { type Kubernetes, must } from '../network/cluster';

/** Where the product's images have their program. */
const NODE = '/usr/bin/node';
/** Prints the files of a log, a line of JSON each; the checkpoint first, so that nothing that it covers is missing. */
const PRINT = `const { readdirSync, readFileSync, statSync } = require('node:fs');
const at = (path) => process.argv[1] + '/' + path;
for (const path of ['checkpoint', ...readdirSync(at('tile'), { recursive: true }).map((file) => 'tile/' + file)])
  if (statSync(at(path)).isFile()) console.log(JSON.stringify([path, readFileSync(at(path), 'base64')]));`;

/** Files of a log by their paths. */
export type LogFiles = ReadonlyMap<string, Buffer>;

/** What a running ledger has on its volume. @throws Error while a file of it is being replaced */
export const readLog = (cluster: Kubernetes, namespace: string): LogFiles =>
  new Map(
    must(cluster, ['exec', '-n', namespace, 'ledger-0', '-c', 'ledger', '--', NODE, '-e', PRINT, LEDGER_DATA])
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as [string, string])
      .map(([path, content]) => [path, Buffer.from(content, 'base64')] as const),
  );

/** Does something with a folder that holds these files, and is gone afterwards. */
export function inFolder<T>(files: LogFiles, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'firepit-log-'));
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
