import { VERSIONS } from '../cluster/versions';
import { type Judge, JudgeError, objectKey, type Verdict } from './judge';
import { run } from './run';
import { goProgram } from './tools';

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

const ALL_OK = 10;

/** Reads kube-score's JSON: whatever is less than "all OK" has failed; what does not apply is not counted. */
export function readKubeScore(text: string): Verdict {
  const scored = (JSON.parse(text) ?? []) as readonly Scored[];
  if (scored.length === 0) throw new JudgeError('kube-score: it found nothing that it can judge');
  const checks = scored.flatMap(({ type_meta, object_meta, checks: all }) =>
    all
      .filter(({ skipped }) => !skipped)
      .map((check) => ({ ...check, object: objectKey(type_meta.kind, object_meta.name, object_meta.namespace) })),
  );
  const failed = checks.filter(({ grade }) => grade < ALL_OK);
  return {
    passed: checks.length - failed.length,
    failed: failed.map(({ check, object, comments }) => ({
      check: check.id,
      object,
      message: (comments ?? []).map(({ path, summary }) => (path === '' ? summary : `${path}: ${summary}`)).join('; '),
    })),
  };
}

/** kube-score with every optional check; annotations of an object cannot switch one off. */
export const kubeScore: Judge = {
  name: 'kube-score',
  version: VERSIONS['kube-score'],
  program: () => goProgram('kube-score', 'kube-score'),
  judge: (path, { files }) => {
    const args = ['--output-format', 'json', '--all-default-optional', '--disable-ignore-checks-annotations'];
    const { stdout, stderr } = run(path, ['score', ...args, '--kubernetes-version', 'v1.36', ...files]);
    if (!stdout.startsWith('[')) throw new JudgeError(`kube-score: no answer: ${stderr.trim()}`);
    return readKubeScore(stdout);
  },
};
