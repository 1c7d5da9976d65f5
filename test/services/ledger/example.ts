import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Signer, signerOf } from '../../../services/ledger';
import { Log, type Step } from '../../../services/ledger/log';

export const newSigner = (name = 'firepit.dev/desk'): Signer =>
  signerOf(name, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);

/** The n-th entry of every log here. */
export const entryAt = (i: number): Buffer => Buffer.from(JSON.stringify({ entry: i, text: 'x'.repeat(i % 40) }));

export const entriesFrom = (from: number, to: number): Buffer[] =>
  Array.from({ length: to - from }, (_, i) => entryAt(from + i));

/** Folders that are gone after the tests. */
export function folders(): () => string {
  const made: string[] = [];
  afterAll(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'firepit-log-'));
    made.push(folder);
    return folder;
  };
}

/** A log that was signed at each of these sizes. */
export function logOf(folder: string, signer: Signer, sizes: readonly number[], passed?: (step: Step) => void): Log {
  const log = Log.open(folder, signer, passed);
  for (const size of sizes) log.extend(entriesFrom(log.size, size));
  return log;
}

/** Files of a log, without those that are still being written. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.staging'))
    .sort();
