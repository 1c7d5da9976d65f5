import { readCheckov } from '../../judges/checkov';
import { readKubeLinter, readKubescape, readPolaris, readTrivy } from '../../judges/elsewhere';
import type { Subject } from '../../judges/judge';
import { readKubeScore } from '../../judges/kube-score';
import { readKyverno } from '../../judges/kyverno';

const subject = { objectOf: (file: string) => (file.endsWith('1.yaml') ? 'Deployment a/b' : file) } as Subject;
const same = { check: 'C1', object: 'Deployment a/b', message: 'bad' };

describe('what a judge writes is read', () => {
  test('checkov: what is skipped has failed; what could not be parsed was not judged', () => {
    const check = { check_id: 'C1', check_name: 'bad', file_path: '/1.yaml' };
    const report = (parsing_errors: number) =>
      JSON.stringify({
        summary: { passed: 3, parsing_errors },
        results: { failed_checks: [check], skipped_checks: [check] },
      });
    expect(readCheckov(report(0), subject.objectOf)).toEqual({ passed: 3, failed: [same, same] });
    expect(() => readCheckov(report(1), subject.objectOf)).toThrow('1 files could not be read');
    expect(() => readCheckov('{"passed": 0}', subject.objectOf)).toThrow('nothing that it can judge');
  });

  test('kube-score: less than all right has failed, what does not apply does not count', () => {
    const check = (grade: number, skipped = false) => ({
      check: { id: 'C1' },
      grade,
      skipped,
      comments: [{ path: '', summary: 'bad' }],
    });
    const object = {
      type_meta: { kind: 'Deployment' },
      object_meta: { name: 'b', namespace: 'a' },
      checks: [check(10), check(7), check(5), check(1), check(0, true)],
    };
    expect(readKubeScore(JSON.stringify([object]))).toEqual({ passed: 1, failed: [same, same, same] });
    expect(() => readKubeScore('null')).toThrow('nothing that it can judge');
  });

  test('kyverno: an error has failed', () => {
    const result = (word: string) => ({
      policy: 'C1',
      result: word,
      message: 'bad',
      resources: [{ kind: 'Deployment', name: 'b', namespace: 'a' }],
    });
    const { passed, failed } = readKyverno(
      JSON.stringify({ results: ['pass', 'fail', 'error', 'skip'].map((word) => result(word)) }),
    );
    expect(passed).toBe(1);
    expect(failed.map(({ message }) => message)).toEqual(['fail: bad', 'error: bad', 'skip: bad']);
  });

  test('kube-linter', () => {
    const K8sObject = { Namespace: 'a', Name: 'b', GroupVersionKind: { Kind: 'Deployment' } };
    const Reports = [{ Check: 'C1', Diagnostic: { Message: 'bad' }, Object: { K8sObject } }];
    expect(readKubeLinter({ Checks: [{}], Reports }, subject)).toEqual({ passed: undefined, failed: [same] });
    expect(() => readKubeLinter({ Checks: [] }, subject)).toThrow('it ran no check');
  });

  test('trivy', () => {
    const Misconfigurations = [
      { ID: 'C1', Title: 'bad', Status: 'FAIL' },
      { ID: 'C2', Title: 'good', Status: 'PASS' },
    ];
    const Results = [{ Target: '1.yaml', MisconfSummary: { Successes: 4 }, Misconfigurations }];
    expect(readTrivy({ Results }, subject)).toEqual({ passed: 4, failed: [same] });
    expect(() => readTrivy({}, subject)).toThrow('nothing that it can judge');
  });

  test('kubescape', () => {
    const control = (status: string) => ({ controlID: 'C1', name: 'bad', status: { status } });
    const report = {
      resources: [{ resourceID: 'r', object: { kind: 'Deployment', metadata: { name: 'b', namespace: 'a' } } }],
      results: [{ resourceID: 'r', controls: [control('passed'), control('failed'), control('skipped')] }],
    };
    expect(readKubescape(report, subject)).toEqual({ passed: 1, failed: [same] });
    expect(() => readKubescape({ results: [] }, subject)).toThrow('nothing that it can judge');
  });

  test('polaris: objects, pods and containers', () => {
    const part = (Success: boolean) => ({ Results: { x: { ID: 'C1', Message: 'bad', Success } } });
    const result = {
      Kind: 'Deployment',
      Name: 'b',
      Namespace: 'a',
      ...part(true),
      PodResult: { ...part(false), ContainerResults: [part(false)] },
    };
    expect(readPolaris({ Results: [result] }, subject)).toEqual({ passed: 1, failed: [same, same] });
    expect(() => readPolaris({}, subject)).toThrow('nothing that it can judge');
  });
});
