import type { BarReport } from '../lib/minimum-bar';
import { refusalOf } from '../lib/synth/driver';
import { appFiles } from './apps';
import { finish } from './report';
import { runApps } from './run';

interface CheckOptions {
  readonly json?: boolean;
}

const line = (report: BarReport): string =>
  [
    `${report.environment}: ${report.findings.length === 0 ? 'above' : 'below'} the minimum bar (${report.passed.length} rules passed, ${report.notApplicable.length} not applicable, ${report.suppressed.length} findings suppressed)`,
    ...report.suppressed.map(
      (s) => `  suppressed until ${s.expires}: ${s.rule} on ${s.object}, by ${s.owner}: ${s.reason}`,
    ),
  ].join('\n');

/** `firepit check` */
export async function check(named: readonly string[], options: CheckOptions): Promise<void> {
  const judged: { readonly app: string; readonly report: BarReport }[] = [];
  const failures = await runApps(appFiles(named), ({ app, synthesis }) => {
    judged.push({ app, report: synthesis.report });
    const refusal = refusalOf(synthesis);
    if (refusal !== undefined) throw refusal;
  });
  finish('check', options.json, failures, {
    environments: judged.map(({ app, report: { environment, findings, suppressed, passed, notApplicable } }) => ({
      name: environment,
      app,
      findings,
      suppressed,
      passed,
      notApplicable,
    })),
    text: () => judged.map(({ report }) => line(report)).join('\n'),
  });
}
