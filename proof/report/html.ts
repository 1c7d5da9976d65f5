import type { Counts, Proof } from '../proof';
import type { Result, State } from '../verdict';
import { escaped } from './escape';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
td.n { text-align: right; white-space: nowrap; }
code, .words { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.state { font-weight: 600; white-space: nowrap; }
.proven { color: #15803d; } .failed { color: #b91c1c; } .unproven { color: #b45309; }
@media (prefers-color-scheme: dark) { .proven { color: #4ade80; } .failed { color: #f87171; } .unproven { color: #fbbf24; } }
@media print { details { display: block; } }
`;

/** The state in words beside its mark: nobody need tell colours apart. */
const MARK: Readonly<Record<State, string>> = { proven: '✓', failed: '✗', unproven: '?' };
const state = (s: State): string => `<span class="state ${s}">${MARK[s]} ${s}</span>`;
const share = (c: Counts): string => {
  const all = c.proven + c.failed + c.unproven;
  return all === 0 ? '–' : `${c.proven}/${all}`;
};
const row = (...cells: readonly string[]): string => `<tr>${cells.join('')}</tr>`;
const td = (text: string, kind = ''): string => `<td${kind === '' ? '' : ` class="${kind}"`}>${text}</td>`;
const table = (head: readonly string[], rows: readonly string[]): string =>
  `<table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;

const caseRow = ({ id, control, what, on, expect, state: s, why, evidence, standIn }: Result): string =>
  row(
    td(state(s)),
    td(
      `<code>${escaped(id)}</code>${on === undefined ? '' : `<br>${escaped(on)}`}${standIn === true ? '<br><em>stand-in</em>' : ''}`,
    ),
    td(escaped(what)),
    td(`${expect} ${expect === 'refused' ? 'by' : 'past'} ${escaped(control)}`),
    td(
      `${why === undefined ? '' : `<strong>${escaped(why)}</strong><br>`}<span class="words">${escaped(evidence)}</span>`,
    ),
  );

/** The proof as one page without script, style sheet or picture from elsewhere: a reviewer keeps it. */
export function htmlOf(proof: Proof): string {
  const { counts } = proof;
  const title = `${escaped(proof.environment)} on ${escaped(proof.cluster)}`;
  const order: Readonly<Record<State, number>> = { failed: 0, unproven: 1, proven: 2 };
  const cases = [...proof.results].sort((a, b) => order[a.state] - order[b.state]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Proof of ${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Proof of ${title}</h1>
<p>${state(proof.state)}: ${counts.proven} proven, ${counts.failed} failed, ${counts.unproven} unproven, tried on the copy
<code>${escaped(proof.copy)}</code>, ${escaped(proof.started)}. What could not be shown is unproven, and unproven is not green.</p>
${proof.interrupted ? '<p><strong>The run was interrupted before everything was tried.</strong></p>' : ''}
${proof.left.length === 0 ? '' : `<p><strong>Not taken away: ${escaped(proof.left.join(', '))}.</strong></p>`}
<h2>Controls</h2>
${table(
  ['control', 'state', 'allowed', 'denied', 'evidence'],
  proof.controls.map((c) =>
    row(
      td(escaped(c.control)),
      td(state(c.state)),
      td(share(c.allowed), 'n'),
      td(share(c.refused), 'n'),
      td(escaped(c.evidence), 'words'),
    ),
  ),
)}
<h2>Threats</h2>
${table(
  ['threat', 'state', 'cases', 'why'],
  proof.threats.map((t) =>
    row(
      td(`<code>${escaped(t.id)}</code><br>${escaped(t.title)}`),
      td(state(t.state)),
      td(String(t.cases.length), 'n'),
      td(escaped(t.why ?? '')),
    ),
  ),
)}
<h2>Cases</h2>
${table(['state', 'case', 'what was tried', 'expected', 'seen'], cases.map(caseRow))}
<h2>Time</h2>
${table(
  ['step', 'seconds'],
  proof.stages.map(({ stage, seconds }) => row(td(escaped(stage)), td(seconds.toFixed(1), 'n'))),
)}
</body>
</html>
`;
}
