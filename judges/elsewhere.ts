import { basename } from 'node:path';
import { type Finding, type Judge, JudgeError, objectKey, type Subject, type Verdict } from './judge';
import { run } from './run';
import { onPath } from './tools';

/** Judges that no registry serves as a program: asked where the machine has them, named where it has not. */

// biome-ignore lint/suspicious/noExplicitAny: reports of programs that may be of any version
type Json = any;
type Read = (report: Json, subject: Subject) => Verdict;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export const readKubeLinter: Read = ({ Checks, Reports }) => {
  if ((Checks ?? []).length === 0) throw new JudgeError('kube-linter: it ran no check');
  return {
    passed: undefined,
    failed: (Reports ?? []).map(({ Check, Diagnostic, Object: { K8sObject } }: Json) => ({
      check: Check,
      object: objectKey(K8sObject.GroupVersionKind.Kind, K8sObject.Name, K8sObject.Namespace),
      message: Diagnostic.Message,
    })),
  };
};

export const readTrivy: Read = ({ Results }, { objectOf }) => {
  if ((Results ?? []).length === 0) throw new JudgeError('trivy: it found nothing that it can judge');
  return {
    passed: sum(Results.map(({ MisconfSummary }: Json) => MisconfSummary?.Successes ?? 0)),
    failed: Results.flatMap(({ Target, Misconfigurations }: Json) =>
      (Misconfigurations ?? [])
        .filter(({ Status }: Json) => Status !== 'PASS')
        .map(({ ID, Title }: Json) => ({ check: ID, object: objectOf(basename(Target)), message: Title })),
    ),
  };
};

export const readKubescape: Read = ({ results, resources }) => {
  if ((results ?? []).length === 0) throw new JudgeError('kubescape: it found nothing that it can judge');
  const objects = new Map(resources.map(({ resourceID, object }: Json) => [resourceID, object]));
  const all = results.flatMap(({ resourceID, controls }: Json) =>
    (controls ?? []).map((control: Json) => ({ ...control, object: objects.get(resourceID) })),
  );
  return {
    passed: all.filter(({ status }: Json) => status.status === 'passed').length,
    failed: all
      .filter(({ status }: Json) => status.status === 'failed')
      .map(({ controlID, name, object }: Json) => ({
        check: controlID,
        object: objectKey(object.kind, object.metadata.name, object.metadata.namespace),
        message: name,
      })),
  };
};

export const readPolaris: Read = ({ Results }) => {
  if ((Results ?? []).length === 0) throw new JudgeError('polaris: it found nothing that it can judge');
  const checks: (Finding & { readonly ok: boolean })[] = Results.flatMap((result: Json) =>
    [result, result.PodResult ?? {}, ...(result.PodResult?.ContainerResults ?? [])].flatMap((part: Json) =>
      Object.values(part.Results ?? {}).map(({ ID, Message, Success }: Json) => ({
        check: ID,
        object: objectKey(result.Kind, result.Name, result.Namespace),
        message: Message,
        ok: Success,
      })),
    ),
  );
  return {
    passed: checks.filter(({ ok }) => ok).length,
    failed: checks.filter(({ ok }) => !ok).map(({ ok: _, ...finding }) => finding),
  };
};

const elsewhere = (name: string, args: (folder: string) => readonly string[], read: Read): Judge => ({
  name,
  version: 'as found',
  program: async () => onPath(name),
  judge: (program, subject) => {
    const { stdout, stderr } = run(program, args(subject.folder));
    const at = stdout.indexOf('{');
    if (at < 0) throw new JudgeError(`${name}: no answer: ${stderr.trim().split('\n').at(-1)}`);
    return read(JSON.parse(stdout.slice(at)), subject);
  },
});

export const ELSEWHERE: readonly Judge[] = [
  elsewhere('kube-linter', (folder) => ['lint', '--format', 'json', folder], readKubeLinter),
  elsewhere(
    'trivy',
    (folder) => ['config', '--format', 'json', '--skip-check-update', '--skip-version-check', folder],
    readTrivy,
  ),
  elsewhere('kubescape', (folder) => ['scan', '--format', 'json', '--keep-local', folder], readKubescape),
  elsewhere('polaris', (folder) => ['audit', '--format', 'json', '--audit-path', folder], readPolaris),
];
