import { describe, expect, test } from '@jest/globals';
import { App as Cdk8sApp } from 'cdk8s';
import { AgentEnvironment } from '../../lib';
import { requiredSecrets } from '../../lib/identity/secrets';
import { desk, openshiftDesk } from '../support/desk';

/** Names of Secrets that pods mount, by namespace: found by shape, wherever they stand. */
function mounted(value: unknown, namespace: string, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  const { secretName, secret } = value as { secretName?: unknown; secret?: { name?: unknown } };
  for (const name of [secretName, secret?.name]) if (typeof name === 'string') found.add(`${namespace}/${name}`);
  for (const inner of Object.values(value)) mounted(inner, namespace, found);
  return found;
}

describe('requiredSecrets', () => {
  test.each([
    ['Kubernetes', desk()],
    ['OpenShift', openshiftDesk()],
  ])('lists every Secret that a pod mounts and nothing else makes, on %s', (_name, declaration) => {
    const objects = new AgentEnvironment(new Cdk8sApp(), declaration).objects();
    const pods = objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
    const uses = new Set(pods.flatMap((pod) => [...mounted(pod, pod.metadata.namespace ?? '')]));
    const made = new Set(
      objects.flatMap(({ kind, metadata, spec }) => {
        if (kind === 'Secret') return [`${metadata.namespace}/${metadata.name}`];
        return kind === 'Certificate' ? [`${metadata.namespace}/${(spec as { secretName: string }).secretName}`] : [];
      }),
    );
    const required = requiredSecrets(declaration).map(({ namespace, secret }) => `${namespace}/${secret}`);
    expect([...new Set(required)].sort()).toEqual([...uses].filter((name) => !made.has(name)).sort());
  });

  test('names each key once, with every purpose', () => {
    const keys = requiredSecrets(desk()).map(({ secret, key }) => `${secret}/${key}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(
      requiredSecrets(desk()).find(({ secret, key }) => secret === 'postgres' && key === 'password')?.purpose,
    ).toBe('password of firepit for the database support_desk_test');
  });
});
