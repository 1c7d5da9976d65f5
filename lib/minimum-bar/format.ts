import type { BarReport } from './bar';
import type { Finding } from './types';

const paragraph = (f: Finding): string =>
  [
    `  ${f.rule} (${f.layer})`,
    `    object: ${f.object}`,
    ...(f.path === '' ? [] : [`    path:   ${f.path}`]),
    `    what:   ${f.problem}`,
    `    why:    ${f.why}`,
    `    fix:    ${f.fix}`,
  ].join('\n');

/** A report for people. */
export function formatReport(report: BarReport): string {
  const { kind, environment, findings, suppressed, passed, notApplicable } = report;
  const counts = `${passed.length} rules passed, ${notApplicable.length} not applicable, ${suppressed.length} findings suppressed`;
  const accepted = suppressed.map(
    (s) => `  suppressed until ${s.expires}: ${s.rule} on ${s.object}, by ${s.owner}: ${s.reason}`,
  );
  const head =
    findings.length === 0
      ? `${kind} '${environment}' is above the minimum bar: ${counts}`
      : `${kind} '${environment}' is below the minimum bar: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} (${counts})`;
  return [head, ...findings.map(paragraph), ...accepted].join('\n');
}
