import { describe, expect, test } from '@jest/globals';
import { checkObjects } from '../../lib/synth/check';
import type { Manifest } from '../../lib/synth/object';

type Loose = Record<string, unknown>;
const configMap = (fields: Loose = {}, metadata: Loose = {}): Manifest =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'e', ...metadata },
    ...fields,
  }) as Manifest;
const deployment = (template: Loose, matchLabels: Loose = { a: 'b' }): Manifest =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'triage', namespace: 'e' },
    spec: { selector: { matchLabels }, template },
  }) as unknown as Manifest;
const found = (...objects: readonly Manifest[]): string[] =>
  checkObjects(objects).map(({ rule, object, path }) => `${rule} ${object} ${path}`);

describe('checkObjects', () => {
  test('takes objects that the API server takes', () => {
    expect(
      found(
        configMap({ data: { 'a.json': '{}' } }),
        configMap({}, { namespace: 'e-control' }),
        configMap(
          {},
          {
            name: 'b',
            labels: { 'app.kubernetes.io/name': 'a', x: '' },
            annotations: { 'Firepit.dev/P': 'any\ntext' },
          },
        ),
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x'.repeat(63) } },
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'gateway', namespace: 'e' } },
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'system:A', namespace: 'e' } },
        { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } },
        { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'gateway', namespace: 'e' } },
        deployment({ metadata: { labels: { a: 'b' } } }),
      ),
    ).toEqual([]);
  });

  test('names two objects of one kind, namespace and name, whatever the version', () => {
    const v2 = { ...deployment({}), apiVersion: 'apps/v1beta2' };
    expect(found(deployment({}), configMap(), v2)).toEqual(['object-duplicate Deployment e/triage metadata.name']);
  });

  test.each<[string, Manifest, string]>([
    [
      'cluster-scoped with namespace',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'e', namespace: 'x' } },
      'object-scope Namespace x/e metadata.namespace',
    ],
    [
      'namespaced without',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      'object-scope ConfigMap a metadata.namespace',
    ],
    [
      'a kind of Kubernetes that Firepit does not write',
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a' } },
      'object-scope Job a metadata.namespace',
    ],
    ['long name', configMap({}, { name: 'x'.repeat(254) }), `object-name ConfigMap e/${'x'.repeat(254)} metadata.name`],
    ['upper case', configMap({}, { name: 'Abc' }), 'object-name ConfigMap e/Abc metadata.name'],
    [
      'a Service that starts with a digit',
      { apiVersion: 'v1', kind: 'Service', metadata: { name: '1a', namespace: 'e' } },
      'object-name Service e/1a metadata.name',
    ],
    [
      'long Service',
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x'.repeat(64), namespace: 'e' } },
      `object-name Service e/${'x'.repeat(64)} metadata.name`,
    ],
    [
      'long StatefulSet',
      { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'x'.repeat(53), namespace: 'e' } },
      `object-name StatefulSet e/${'x'.repeat(53)} metadata.name`,
    ],
    [
      'dotted Namespace',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a.b' } },
      'object-name Namespace a.b metadata.name',
    ],
    ['bad namespace', configMap({}, { namespace: 'a.b' }), 'object-name ConfigMap a.b/a metadata.namespace'],
    [
      'long label value',
      configMap({}, { labels: { a: 'x'.repeat(64) } }),
      'object-label ConfigMap e/a metadata.labels.a',
    ],
    [
      'label value with a space',
      configMap({}, { labels: { a: 'x y' } }),
      'object-label ConfigMap e/a metadata.labels.a',
    ],
    [
      'label value that is a number',
      configMap({}, { labels: { a: 1 } }),
      'object-value ConfigMap e/a metadata.labels.a',
    ],
    [
      'long label key',
      configMap({}, { labels: { ['k'.repeat(64)]: 'x' } }),
      `object-label ConfigMap e/a metadata.labels.${'k'.repeat(64)}`,
    ],
    [
      'label key with an empty prefix',
      configMap({}, { labels: { '/a': 'x' } }),
      'object-label ConfigMap e/a metadata.labels["/a"]',
    ],
    [
      'annotation key',
      configMap({}, { annotations: { 'a b': 'x' } }),
      'object-label ConfigMap e/a metadata.annotations["a b"]',
    ],
    [
      'annotation that is no text',
      configMap({}, { annotations: { a: true } }),
      'object-value ConfigMap e/a metadata.annotations.a',
    ],
    [
      'label of a pod template',
      deployment({ metadata: { labels: { a: '-' } } }),
      'object-label Deployment e/triage spec.template.metadata.labels.a',
    ],
    [
      'label of a selector',
      deployment({}, { a: 'x'.repeat(64) }),
      'object-label Deployment e/triage spec.selector.matchLabels.a',
    ],
    [
      'annotations too large',
      configMap({}, { annotations: { a: 'x'.repeat(256 * 1024) } }),
      'object-size ConfigMap e/a metadata.annotations',
    ],
    ['ConfigMap too large', configMap({ data: { a: 'x'.repeat(1024 * 1024 + 1) } }), 'object-size ConfigMap e/a data'],
    ['object too large', deployment({ x: 'y'.repeat(1536 * 1024) }), 'object-size Deployment e/triage '],
    ['data that is no text', configMap({ data: { port: 80 } }), 'object-value ConfigMap e/a data["port"]'],
    ['data under a bad key', configMap({ data: { 'a/b': '' } }), 'object-value ConfigMap e/a data["a/b"]'],
    ['not a number', deployment({ x: [Number.NaN] }), 'object-value Deployment e/triage spec.template.x[0]'],
    ['half a surrogate pair', configMap({ data: { a: '\ud800' } }), 'object-value ConfigMap e/a data.a'],
    [
      'no name',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} } as Manifest,
      'object-shape ConfigMap (no name) metadata.name',
    ],
    [
      'no metadata',
      { apiVersion: 'v1', kind: 'ConfigMap' } as unknown as Manifest,
      'object-shape ConfigMap (no name) metadata.name',
    ],
  ])('refuses: %s', (_name, object, expected) => {
    expect(found(object)).toEqual([expected]);
  });

  test('a ConfigMap of exactly 1 MiB is fine', () => {
    expect(found(configMap({ data: { a: 'x'.repeat(1024 * 1024) } }))).toEqual([]);
  });

  test('reports everything at once, each with a reason and a fix', () => {
    const findings = checkObjects([configMap({}, { name: 'A', labels: { b: '!' } }), configMap({}, { name: 'C' })]);
    expect(findings).toHaveLength(3);
    for (const finding of findings) {
      expect(finding.why).not.toBe('');
      expect(finding.fix).not.toBe('');
    }
  });
});
