import type { Judgement } from './ask';
import type { Exception } from './exceptions';
import type { Finding } from './judge';

/** What one judge said about one environment or peer. */
export interface Row {
  readonly judge: string;
  readonly version: string;
  readonly name: string;
  readonly passed: number | undefined;
  readonly open: readonly Finding[];
  readonly excepted: readonly Finding[];
}

const HEAD = ['judge', 'version', 'judged', 'passed', 'failed', 'excepted'];
const cells = ({ judge, version, name, passed, open, excepted }: Row): string[] => [
  judge,
  version,
  name,
  passed === undefined ? '—' : String(passed),
  String(open.length),
  String(excepted.length),
];

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length), HEAD[i]?.length ?? 0));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
};

/** The table for a terminal, the open findings of what is ours, and who could not be asked. */
export const scorecardTable = ({ rows, absent, stale }: Judgement, ours: ReadonlySet<string>): string =>
  [
    table(rows.map(cells)),
    ...rows
      .filter(({ name }) => ours.has(name))
      .flatMap(({ judge, open }) => open.map((f) => `${judge}: ${f.check}: ${f.object}: ${f.message}`)),
    ...stale.map((id) => `no finding needs this exception any more: ${id}`),
    ...absent.map((name) => `${name}: not on this machine, not asked`),
    '',
  ].join('\n');

/** The page for the documentation. It tells of pinned judges alone, so that it is the same wherever it is written. */
export const scorecardPage = (rows: readonly Row[], exceptions: readonly Exception[]): string => {
  const pinned = rows.filter(({ version }) => version !== 'as found');
  const judges = new Set(pinned.map(({ judge }) => judge));
  return [
    '# Scorecard',
    '',
    'What independent judges say about every example environment and the foundation. Written by `npm run scorecard`; do not edit.',
    '',
    table(pinned.map(cells)),
    '',
    'The gate is zero failed checks; the system tests hold it. Judges run without a network, with every optional check,',
    'and no annotation of an object can switch a check off.',
    '',
    '## Exceptions',
    '',
    'A failed check that is answered for stands in `judges/exceptions.yaml`; one that nothing needs any more fails the gate.',
    '',
    ...exceptions
      .filter(({ checks }) => Object.keys(checks).some((judge) => judges.has(judge)))
      .map(
        ({ checks, objects, reason }) =>
          `- **${Object.entries(checks)
            .map(([judge, names]) => `${judge}: ${names.join(', ')}`)
            .join('; ')}** on ${objects.map((o) => `_${o.replaceAll('*', '\\*')}_`).join(', ')}. ${reason}`,
      ),
    '',
    '## Compare',
    '',
    'The same judges look at any chart or folder of manifests, with its own default values:',
    '',
    '```sh',
    'npm run scorecard -- --peer kyverno=./charts/kyverno',
    '```',
    '',
    'Numbers of a peer are printed and not written here: they depend on its values and its version.',
    '',
  ].join('\n');
};
