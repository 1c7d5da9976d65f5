import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { VERSIONS } from '../cluster/versions';
import { type Judge, JudgeError, objectKey, type Verdict } from './judge';
import { run } from './run';
import { goProgram } from './tools';

/** Pod Security Standards, one policy for each control. */
export const POLICIES = join(__dirname, 'pod-security.yaml');
const MAKES_PODS = new Set(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob']);

interface Report {
  readonly results?: readonly {
    readonly policy: string;
    readonly result: 'pass' | 'fail' | 'warn' | 'error' | 'skip';
    readonly message?: string;
    readonly resources: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  }[];
}

/** The names of the policies. */
export const policyNames = (): string[] =>
  parseAllDocuments(readFileSync(POLICIES, 'utf8')).map((document) => document.toJS().metadata.name);

/** Reads Kyverno's report. Anything but a pass has failed, an error too. */
export function readKyverno(text: string): Verdict {
  const results = (JSON.parse(text) as Report).results ?? [];
  return {
    passed: results.filter(({ result }) => result === 'pass').length,
    failed: results
      .filter(({ result }) => result !== 'pass')
      .map(({ policy, result, message, resources: [resource] }) => ({
        check: policy,
        object: resource === undefined ? '(none)' : objectKey(resource.kind, resource.name, resource.namespace),
        message: `${result}: ${message ?? ''}`,
      })),
  };
}

/** Kyverno's command line with Pod Security Standards. */
export const kyverno: Judge = {
  name: 'Pod Security (Kyverno)',
  version: VERSIONS.kyverno,
  program: () => goProgram('kyverno', 'kyverno-cli'),
  judge: (path, { files, objects }) => {
    // Objects without pods cannot be judged, and take minutes to be passed over.
    const pods = files.filter((_, i) => MAKES_PODS.has(objects[i].kind));
    if (pods.length === 0) throw new JudgeError('kyverno: it found nothing that it can judge');
    const args = ['--policy-report', '--output-format', 'json', '--remove-color', '--continue-on-fail'];
    const resources = pods.flatMap((file) => ['--resource', file]);
    const { stdout, stderr } = run(path, ['apply', POLICIES, ...resources, ...args]);
    const json = stdout.slice(Math.max(0, stdout.indexOf('{')));
    if (!json.startsWith('{')) throw new JudgeError(`kyverno: no answer: ${stderr.trim()}`);
    const verdict = readKyverno(json);
    // It leaves out policies that it cannot read, without a word.
    const policies = policyNames().length;
    const said = (verdict.passed ?? 0) + verdict.failed.length;
    if (said !== policies * pods.length)
      throw new JudgeError(
        `kyverno: ${said} answers; ${policies} policies over ${pods.length} workloads need one each`,
      );
    return verdict;
  },
};
