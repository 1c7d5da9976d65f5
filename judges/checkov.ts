import { type Finding, type Judge, JudgeError, type Subject, type Verdict } from './judge';
import { run } from './run';
import { CHECKOV_VERSION, checkovPython } from './tools';

interface Check {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
}
interface Report {
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
  readonly results: { readonly failed_checks: readonly Check[]; readonly skipped_checks: readonly Check[] };
}

/** Reads checkov's JSON. A check that an annotation skips counts as failed: exceptions stand in one place. */
export function readCheckov(text: string, objectOf: Subject['objectOf']): Verdict {
  const report = JSON.parse(text) as Partial<Report>;
  if (report.results === undefined || report.summary === undefined)
    throw new JudgeError('checkov: it found nothing that it can judge');
  if (report.summary.parsing_errors > 0)
    throw new JudgeError(`checkov: ${report.summary.parsing_errors} files could not be read`);
  const finding = ({ check_id, check_name, file_path }: Check): Finding => ({
    check: check_id,
    object: objectOf(file_path),
    message: check_name,
  });
  const { failed_checks, skipped_checks } = report.results;
  return { passed: report.summary.passed, failed: [...failed_checks, ...skipped_checks].map(finding) };
}

/** Checkov's Kubernetes policies, those over several objects included. */
export const checkov: Judge = {
  name: 'checkov',
  version: CHECKOV_VERSION,
  program: async () => checkovPython(),
  judge: (python, { folder, objectOf }) => {
    const args = ['--directory', folder, '--framework', 'kubernetes', '--skip-download', '--compact'];
    const { stdout, stderr } = run(python, ['-m', 'checkov.main', ...args, '--output', 'json']);
    if (!stdout.startsWith('{')) throw new JudgeError(`checkov: no answer: ${stderr.trim().split('\n').at(-1)}`);
    return readCheckov(stdout, objectOf);
  },
};
