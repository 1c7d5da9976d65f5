import { describe, expect, test } from '@jest/globals';
import { KINDS } from '../../lib/k8s';
import type { Manifest } from '../../lib/synth/object';
import { inOrder, pathOf } from '../../lib/synth/order';
import fc from '../support/property';

const object = (apiVersion: string, kind: string, name: string, namespace?: string): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const known = (kind: keyof typeof KINDS, name = 'a'): Manifest =>
  object(KINDS[kind].apiVersion, kind, name, KINDS[kind].namespaced ? 'e' : undefined);

/** Order of a walk that descends into each folder where its name stands, as kubectl and editors do. */
const walked = (paths: readonly string[]): string[] =>
  [...paths].sort((a, b) => {
    const [x, y] = [a.split('/'), b.split('/')];
    const i = x.findIndex((part, at) => part !== y[at]);
    return (x[i] ?? '') < (y[i] ?? '') ? -1 : 1;
  });

describe('order', () => {
  test('what is referred to comes before what refers to it', () => {
    const shuffled = [
      object('external-secrets.io/v1', 'ExternalSecret', 'a', 'e'),
      known('Deployment'),
      object('batch/v1', 'CronJob', 'a', 'e'),
      object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'a'),
      known('RoleBinding'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'x.example.com'),
      known('ServiceAccount'),
      known('ConfigMap'),
      known('Namespace'),
    ];
    expect(inOrder(shuffled).map(({ object }) => object.kind)).toEqual([
      'Namespace',
      'CustomResourceDefinition',
      'ClusterRole',
      'ServiceAccount',
      'RoleBinding',
      'ConfigMap',
      'Deployment',
      'CronJob',
      'ExternalSecret',
    ]);
  });

  test('order of paths is order of ranks, for every kind', () => {
    const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
    const ranks = inOrder(kinds.map((kind) => known(kind))).map(({ object }) => KINDS[object.kind as never] as never);
    expect(ranks).toEqual([...ranks].sort((a: { rank: number }, b: { rank: number }) => a.rank - b.rank));
  });

  test('a path names kind, namespace and object, and holds no running number', () => {
    expect(pathOf(known('Deployment', 'triage'))).toBe('51-deployment/e.triage.yaml');
    expect(pathOf(known('Namespace', 'e'))).toBe('00-namespace/e.yaml');
    expect(pathOf(object('serving.knative.dev/v1', 'Service', 'a', 'e'))).toBe(
      '90-service.serving.knative.dev/e.a.yaml',
    );
  });

  test('names that file systems do not take or tell apart are encoded', () => {
    const role = (name: string): string => pathOf(object('rbac.authorization.k8s.io/v1', 'Role', name, 'e'));
    expect(role('system:Reader')).toBe('21-role/e.system%3a%52eader.yaml');
    expect(new Set(['a:b', 'A:b', 'a%3ab', 'x'.repeat(253), `${'x'.repeat(252)}y`].map(role)).size).toBe(5);
    expect(role('x'.repeat(253)).length).toBeLessThan(230);
  });

  test('any set of objects, in any order: one order, the same for a walk of the tree', () => {
    const name = fc.string({ unit: fc.constantFrom(...'ab-.0Z:'), minLength: 1, maxLength: 6 });
    const any = fc
      .tuple(
        fc.constantFrom(
          ...(['Namespace', 'Role', 'Deployment', 'ClusterNetworkPolicy', 'AdminNetworkPolicy'] as const),
        ),
        name,
        fc.constantFrom('e', 'e-control', 'e-a'),
      )
      .map(([kind, n, namespace]) =>
        object(KINDS[kind].apiVersion, kind, n, KINDS[kind].namespaced ? namespace : undefined),
      );
    const sets = fc.uniqueArray(any, { selector: pathOf, maxLength: 12 });
    fc.assert(
      fc.property(
        sets.chain((set) =>
          fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length, maxLength: set.length })),
        ),
        ([set, shuffled]) => {
          const paths = inOrder(shuffled).map(({ path }) => path);
          expect(paths).toEqual(inOrder(set).map(({ path }) => path));
          expect(paths).toEqual(walked(paths));
        },
      ),
    );
  });
});
