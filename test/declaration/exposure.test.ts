import { describe, expect, test } from '@jest/globals';
import { type EnvironmentDeclaration, Exposure, fork } from '../../lib';
import { changed, type Draft, desk } from '../support/desk';
import { refusal } from './_data';

const portal = { namespace: 'portal', pods: { 'app.kubernetes.io/name': 'portal' } };
const inside = (...from: readonly unknown[]) => ({ kind: 'inCluster', from });
const NAME = desk().name;
const PROXIES = (desk().platform as Draft).ingress.proxies.namespace;
const refused = (host: unknown) => refusal(() => desk({ host } as Draft));

describe('an exposure in the cluster alone', () => {
  test('is taken, for pods of any namespace of applications', () => {
    const host = Exposure.inCluster({ from: [portal, { namespace: 'default', pods: { app: 'cli' } }] });
    expect(refused(host)).toBeUndefined();
    expect(desk({ host }).host).toEqual({ kind: 'inCluster', from: host.from });
  });

  test.each([
    ['its own agents', NAME, 'outside the environment', 'Peer.agent'],
    ['its own control plane', `${NAME}-control`, 'outside the environment', 'Peer.agent'],
    ['its own models', `${NAME}-models`, 'outside the environment', 'Peer.agent'],
    ['the cluster itself', 'kube-system', 'namespace of applications', 'write a host'],
    ["OpenShift's ingress", 'openshift-ingress', 'namespace of applications', 'write a host'],
    ['Falco', 'firepit-system', 'namespace of applications', 'write a host'],
    ['the proxies of the ingress', PROXIES, 'namespace of applications', 'write a host'],
  ])('lets nobody in of %s: %s', (_who, namespace, expected, fix) => {
    const findings = refused(inside(portal, { ...portal, namespace }));
    expect(findings).toEqual([
      {
        path: 'host.from[1].namespace',
        found: JSON.stringify(namespace),
        expected: expect.stringContaining(expected),
        fix: expect.stringContaining(fix),
      },
    ]);
  });

  test.each([
    ['nobody', inside(), 'host.from', 'at least 1'],
    ['a whole namespace', inside({ ...portal, pods: {} }), 'host.from[0].pods', 'every pod of the namespace is let in'],
    ['a namespace without labels', inside({ namespace: 'portal' }), 'host.from[0].pods', 'labels of pods'],
    ['labels of any namespace', inside({ pods: portal.pods }), 'host.from[0].namespace', 'a Kubernetes name'],
    ['anybody', { kind: 'inCluster' }, 'host.from', 'pods that may ask agents'],
    ['a name', inside('portal'), 'host.from[0]', 'by namespace and labels'],
    ['another kind', { kind: 'nodePort' }, 'host.kind', '"inCluster"'],
    ['a host beside', { ...inside(portal), host: 'a.example.com' }, 'host.host', 'there are kind, from'],
    ['a number', 443, 'host', 'a DNS name to which the platform brings people, or an exposure'],
    ['nothing', undefined, 'host', 'a DNS name to which the platform brings people, or an exposure'],
    ['a Service by its name', 'gateway.a-control.svc', 'host', 'a DNS name, without'],
  ])('needs a namespace and labels of each; not %s', (_what, host, path, expected) => {
    expect(refused(host)).toEqual([
      { path, found: expect.any(String), expected: expect.stringContaining(expected), fix: expect.any(String) },
    ]);
  });

  test('a fork takes callers away and adds none where they are locked', () => {
    const both = Exposure.inCluster({ from: [portal, { namespace: 'cli', pods: { app: 'cli' } }] });
    const locked = changed((d: Draft) => (d.locked = ['host']), desk({ host: both }));
    const as = (host: EnvironmentDeclaration['host']) => refusal(() => fork(locked, { host }))?.map(({ fix }) => fix);
    expect(as(Exposure.inCluster({ from: [portal] }))).toBeUndefined();
    expect(as(Exposure.inCluster({ from: [...both.from, { namespace: 'x', pods: { app: 'x' } }] }))).toEqual([
      expect.stringContaining('host.from gains'),
    ]);
    expect(as('agents.example.com')).toEqual([expect.stringContaining('host changes')]);
  });
});
