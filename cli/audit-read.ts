import { EXIT_CODES, FirepitError } from '../lib/errors';
import { NoteError, readEntries, sizeOf } from '../services/ledger';
import { type AuditOptions, assertSound, logFolder, verified } from './audit';
import { type Found, foundAt, inOneLine, inWords } from './audit-words';
import { yellow } from './report';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Who signed was not asked: said, and in the exit code. */
function unproven(signed: string): void {
  if (signed === 'verified') return;
  process.stderr.write(`${yellow(process.stderr, 'unproven')}: who signed the log was not checked; give --key\n`);
  process.exitCode = EXIT_CODES.unproven.code;
}

/** `firepit audit show`: a decision and what followed from it, out of a log that is verified on the way. */
export function auditShow(id: string, path: string, options: AuditOptions): void {
  const found: Found[] = [];
  // The bytes are looked at first: parsing all of a large log takes longer than verifying it.
  const verification = verified(path, options, (index, bytes) => {
    if (!bytes.includes(id)) return;
    const entry = foundAt(index, bytes);
    if (
      entry.entry?.id === id ||
      (entry.entry !== undefined && 'decision' in entry.entry && entry.entry.decision === id)
    )
      found.push(entry);
  });
  assertSound(path, verification);
  if (found.length === 0)
    throw new FirepitError(
      'usage',
      `no decision ${id} in ${path}, among ${verification.checkpoint?.size} entries\n  fix: firepit audit tail ${path} lists the last ones`,
    );
  if (options.json)
    print(
      JSON.stringify(
        found.map(({ index, entry }) => ({ index, entry })),
        null,
        2,
      ),
    );
  else print(found.map(inWords).join('\n\n'));
  unproven(verification.signed);
}

/** `firepit audit export`: every entry as a line of JSON. Its exit code tells whether the log was sound. */
export function auditExport(path: string, options: AuditOptions): void {
  const verification = verified(path, options, (index, bytes) => print(`{"index":${index},"entry":${jsonOf(bytes)}}`));
  assertSound(path, verification);
  unproven(verification.signed);
}

/** Canonical JSON is taken as it is; what is no JSON becomes a text, so that each line of the export is one value. */
function jsonOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  try {
    JSON.parse(text);
    return text.includes('\n') ? JSON.stringify(JSON.parse(text)) : text;
  } catch {
    return JSON.stringify(text);
  }
}

interface TailOptions {
  readonly lines: number;
  readonly follow?: boolean;
}

/** `firepit audit tail`: the last entries, and those to come. They are read as they are: `audit verify` proves. */
export async function auditTail(path: string, { lines, follow }: TailOptions): Promise<void> {
  const folder = logFolder(path);
  let shown = Math.max(0, read(folder) - lines);
  const show = (): void => {
    const size = read(folder);
    for (const [index, bytes] of readEntries(folder, shown, size)) print(inOneLine(foundAt(index, bytes)));
    shown = Math.max(shown, size);
  };
  show();
  if (!follow) return;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    show();
  }
}

function read(folder: string): number {
  try {
    return sizeOf(folder);
  } catch (error) {
    if (!(error instanceof NoteError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new FirepitError('failed', `the checkpoint in ${folder} cannot be read: ${(error as Error).message}`);
  }
}
