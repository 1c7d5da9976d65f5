import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A message that was recorded, byte for byte, with what is expected of whoever reads it. One file a case:
 * `# key: value` lines, a start line, headers, an empty line, and the body up to the end of the file. What random
 * inputs find (`npm run test:long` prints it) stays found by writing such a file.
 */
export interface Recorded {
  readonly name: string;
  /** `verdict`: the code of the denial, or what is understood or done instead; `door` and `to`: see the readers. */
  readonly notes: Readonly<Record<string, string>>;
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Parses one file. @throws Error for a file that is none */
export function recordedOf(name: string, content: Buffer): Recorded {
  const end = content.indexOf('\n\n');
  const lines = content.subarray(0, Math.max(0, end)).toString('latin1').split('\n');
  const notes = lines.flatMap((line) => [...line.matchAll(/^# (\w+): (.+)$/g)].map(([, key, value]) => [key, value]));
  const [start = '', ...headers] = lines.slice(notes.length);
  const found = Object.fromEntries(notes) as Record<string, string>;
  if (found.verdict === undefined || start === '' || start.startsWith('#'))
    throw new Error(`${name}: found no verdict or start line; expected '# verdict: …', a start line and an empty line`);
  return {
    name,
    notes: found,
    start,
    headers: headers.map((line) => {
      const colon = line.indexOf(': ');
      if (colon < 1) throw new Error(`${name}: found ${line}; expected 'name: value'`);
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
    body: content.subarray(end + 2),
  };
}

/** Every case of a folder here, by name. */
export const recorded = (folder: 'requests' | 'answers'): Recorded[] => {
  const at = join(__dirname, folder);
  return readdirSync(at)
    .sort()
    .map((file) => recordedOf(file.replace(/\.http$/, ''), readFileSync(join(at, file))));
};
