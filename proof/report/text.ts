import type { ControlRow, Counts, Proof } from '../proof';
import type { Result } from '../verdict';

const LONGEST = 72;
const short = (text: string, longest = LONGEST): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
const total = ({ proven, failed, unproven }: Counts): number => proven + failed + unproven;
const share = (counts: Counts): string => (total(counts) === 0 ? '-' : `${counts.proven}/${total(counts)}`);

const HEAD = ['control', 'state', 'allowed', 'denied', 'evidence'] as const;
const cells = ({ control, state, allowed, refused, evidence }: ControlRow): readonly string[] => [
  control,
  state,
  share(allowed),
  share(refused),
  short(evidence),
];

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const line = ({ id, on, state, why, what, evidence, standIn }: Result): string =>
  [
    `${state}  ${id}${on === undefined ? '' : ` on ${on}`}${standIn === true ? ' (stand-in)' : ''}: ${why ?? what}`,
    ...(evidence === '' || evidence === why ? [] : [`    ${short(evidence, 300)}`]),
  ].join('\n');

/** What is not proven, most serious first; cases of one reason are told once. */
function open(results: readonly Result[]): string[] {
  const failed = results.filter(({ state }) => state === 'failed');
  const unproven = results.filter(({ state }) => state === 'unproven');
  const reasons = new Map<string, Result[]>();
  for (const result of unproven) reasons.set(result.why ?? '', [...(reasons.get(result.why ?? '') ?? []), result]);
  return [
    ...failed.map(line),
    ...[...reasons].map(([why, same]) =>
      same.length === 1
        ? line(same[0] as Result)
        : `unproven  ${same.length} cases: ${why}\n    ${short([...new Set(same.map(({ id }) => id))].join(', '), 300)}`,
    ),
  ];
}

/** The proof for a terminal: the table, what is open, and how it ends. */
export function textOf(proof: Proof): string {
  const { counts, threats, left, stays, interrupted } = proof;
  const shown = threats.filter(({ state }) => state === 'proven').length;
  const unshown = threats.filter(({ state, cases }) => state !== 'proven' && cases.length === 0).map(({ id }) => id);
  return [
    ...table([HEAD, ...proof.controls.map(cells)]),
    '',
    ...open(proof.results),
    ...(unshown.length === 0
      ? []
      : [`unproven  ${unshown.length} threats that no case of this command shows: ${unshown.join(', ')}`]),
    ...(interrupted ? ['unproven  the run was interrupted before everything was tried'] : []),
    ...(left.length === 0 ? [] : [`unproven  not taken away: ${left.join(', ')}; the next run tries again`]),
    ...(stays.length === 0
      ? []
      : [`left in place: ${stays.length} policies that match nothing and keep the API server reading parameters`]),
    `${proof.environment} is ${proof.state} on ${proof.cluster}: ${counts.proven} proven, ${counts.failed} failed, ${counts.unproven} unproven; ${shown} of ${threats.length} threats proven`,
  ].join('\n');
}
