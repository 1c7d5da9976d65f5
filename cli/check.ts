import { writeFileSync } from 'node:fs';
import { FirepitError } from '../lib/errors';
import type { BarReport } from '../lib/minimum-bar';
import { refusalOf } from '../lib/synth/driver';
import { appFiles } from './apps';
import { type Covered, checkProofs, coverage, coverageText, type ReadProof, readProof } from './coverage';
import { finish } from './report';
import { runApps } from './run';
import { type Judged, sarif } from './sarif';
import { version } from './version';

interface CheckOptions {
  /** File for the findings in SARIF. */
  readonly sarif?: string;
  /** Tells what stands against each threat. */
  readonly coverage?: boolean;
  /** Files with proofs, one for each environment at most. */
  readonly proof?: readonly string[];
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
  const judged: (Judged & { readonly covered?: readonly Covered[] })[] = [];
  const proofs = (options.proof ?? []).map(readProof);
  const proofFor = (name: string): ReadProof | undefined => proofs.find(({ environment }) => environment === name);
  const failures = await runApps(appFiles(named), ({ app, synthesis }) => {
    const refusal = refusalOf(synthesis);
    const proof = proofFor(synthesis.declaration.name);
    const covered = options.coverage && refusal === undefined ? { covered: coverage(synthesis, proof) } : {};
    judged.push({ app, report: synthesis.report, ...covered });
    if (refusal !== undefined) throw refusal;
  });
  if (failures.length === 0)
    checkProofs(
      proofs,
      judged.map(({ report }) => report.environment),
    );
  if (options.sarif !== undefined) write(options.sarif, sarif(judged, failures, version()));
  finish('check', options.json, failures, {
    environments: judged.map(
      ({ app, report: { environment, findings, suppressed, passed, notApplicable }, covered }) => ({
        name: environment,
        app,
        findings,
        suppressed,
        passed,
        notApplicable,
        coverage: covered,
      }),
    ),
    text: () =>
      judged
        .flatMap(({ report, covered }) => [
          line(report),
          ...(covered === undefined ? [] : [coverageText(report.environment, covered, proofFor(report.environment))]),
        ])
        .join('\n'),
  });
}
