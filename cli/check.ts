import type { Synthesis } from '../lib/synth/driver';
import { refusalOf } from '../lib/synth/driver';
import { appFiles } from './apps';
import { failureOf, finish } from './report';
import { runApps } from './run';

interface CheckOptions {
  readonly json?: boolean;
}

const line = ({ report }: Synthesis): string =>
  [
    `${report.environment}: ${report.findings.length === 0 ? 'above the minimum bar' : 'below the minimum bar'} (${report.passed.length} rules passed, ${report.notApplicable.length} not applicable, ${report.suppressed.length} findings suppressed)`,
    ...report.suppressed.map(
      (s) => `  suppressed until ${s.expires}: ${s.rule} on ${s.object}, by ${s.owner}: ${s.reason}`,
    ),
  ].join('\n');

/** `firepit check` */
export async function check(named: readonly string[], options: CheckOptions): Promise<void> {
  const run = await runApps(appFiles(named));
  const below = run.results.flatMap(({ app, synthesis }) => {
    const refusal = refusalOf(synthesis);
    return refusal === undefined ? [] : [failureOf(refusal, app)];
  });
  finish('check', options.json, [...run.failures, ...below], {
    environments: run.results.map(({ app, synthesis: { declaration, report } }) => ({
      name: declaration.name,
      app,
      findings: report.findings,
      suppressed: report.suppressed,
      passed: report.passed,
      notApplicable: report.notApplicable,
    })),
    text: () => run.results.map(({ synthesis }) => line(synthesis)).join('\n'),
  });
}
