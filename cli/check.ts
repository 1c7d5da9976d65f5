import { writeFileSync } from 'node:fs';
import { FirepitError } from '../lib/errors';
import type { BarReport } from '../lib/minimum-bar';
import { refusalOf } from '../lib/synth/driver';
import { appFiles } from './apps';
import { finish } from './report';
import { runApps } from './run';
import { type Judged, sarif } from './sarif';
import { version } from './version';

interface CheckOptions {
  /** File for the findings in SARIF. */
  readonly sarif?: string;
  readonly json?: boolean;
}

const line = (report: BarReport): string =>
  [
    `${report.environment}: ${report.findings.length === 0 ? 'above' : 'below'} the minimum bar (${report.passed.length} rules passed, ${report.notApplicable.length} not applicable, ${report.suppressed.length} findings suppressed)`,
    ...report.suppressed.map(
      (s) => `  suppressed until ${s.expires}: ${s.rule} on ${s.object}, by ${s.owner}: ${s.reason}`,
    ),
  ].join('\n');

/** @throws FirepitError `output` */
function write(file: string, content: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw new FirepitError(
      'output',
      `${file}: ${(error as Error).message}\n  fix: give --sarif a file in a folder that exists and that you may write`,
    );
  }
}

/** `firepit check` */
export async function check(named: readonly string[], options: CheckOptions): Promise<void> {
  const judged: Judged[] = [];
  const failures = await runApps(appFiles(named), ({ app, synthesis }) => {
    judged.push({ app, report: synthesis.report });
    const refusal = refusalOf(synthesis);
    if (refusal !== undefined) throw refusal;
  });
  if (options.sarif !== undefined) write(options.sarif, sarif(judged, failures, version()));
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
