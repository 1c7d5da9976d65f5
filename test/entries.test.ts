import { describe, expect, test } from '@jest/globals';
import { type EnvironmentDeclaration, Exposure } from '../lib';
import { contextOf } from '../lib/context';
import { entriesOf } from '../lib/entries';
import { gatewayBootstrap } from '../lib/gateway/gateway-bootstrap';
import { hosts, listener, plain } from './gateway/read';
import { desk, openshiftDesk } from './support/desk';
import { kind, objectsOf, only } from './support/environment';

const PORTAL = { namespace: 'portal', pods: { 'app.kubernetes.io/name': 'portal' } };
const CLI = { namespace: 'cli', pods: { app: 'cli', tier: 'people' } };
const host = Exposure.inCluster({ from: [PORTAL, CLI] });
const SERVICE = 'gateway.support-desk-test-control.svc';
const selected = ({ namespace, pods }: typeof PORTAL | typeof CLI) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels: pods },
});
const tcp = (port: number) => [{ protocol: 'TCP', port }];

describe.each([
  ['Kubernetes', desk, ['HTTPRoute', 'BackendTLSPolicy']],
  ['OpenShift', openshiftDesk, ['Route']],
])('a front in the cluster alone, on %s', (_platform, declare, routes) => {
  const outside = objectsOf(declare());
  const declaration: EnvironmentDeclaration = declare({ host });
  const objects = objectsOf(declaration);
  const ingressOf = (of: typeof objects, part: string) => only(of, 'NetworkPolicy', part).spec.ingress;

  test('has no route of the platform; the approvals page keeps its own', () => {
    for (const each of routes) {
      expect(kind(outside, each).map(({ metadata }) => metadata.name)).toEqual(['gateway', 'approvals']);
      expect(kind(objects, each).map(({ metadata }) => metadata.name)).toEqual(['approvals']);
    }
    expect(ingressOf(objects, 'approvals')).toEqual(ingressOf(outside, 'approvals'));
  });

  test('is open to the named pods and to nobody else, by namespace and labels', () => {
    const [people, ...others] = ingressOf(outside, 'gateway');
    expect(ingressOf(objects, 'gateway')).toEqual([
      { from: [selected(PORTAL), selected(CLI)], ports: tcp(8443) },
      ...others,
    ]);
    expect(JSON.stringify(ingressOf(objects, 'gateway'))).not.toContain(JSON.stringify(people.from[0]));
  });

  test('answers as its Service alone, with a certificate of that name from the authority of the environment', () => {
    const { spec } = only(objects, 'Certificate', 'gateway-front-tls');
    expect([spec.dnsNames, spec.issuerRef.kind, spec.issuerRef.name]).toEqual([[SERVICE], 'Issuer', 'ca']);
    const front = (of: EnvironmentDeclaration) => hosts(listener(plain(gatewayBootstrap(contextOf(of))), 'front'));
    expect(front(declaration).map(({ domains }) => domains)).toEqual([[SERVICE]]);
    const [{ domains: _, ...virtual }] = front(declare());
    expect(front(declaration)).toEqual([{ ...virtual, domains: [SERVICE] }]);
  });

  test('asks for the same token: governor and policies say what they say behind a host', () => {
    const data = (of: typeof objects) =>
      kind(of, 'ConfigMap').flatMap(({ metadata, data }) => (/^governor-/.test(metadata.name) ? [data] : []));
    expect(data(objects)).toEqual(data(outside));
    expect(data(objects)).toHaveLength(2);
  });
});

test('an entry says where it is and who comes', () => {
  const [front, approvals] = entriesOf(desk({ host }));
  expect([front.url, front.outside, front.from]).toEqual([`https://${SERVICE}:8443`, false, [PORTAL, CLI]]);
  expect([approvals.url, approvals.outside]).toEqual(['https://approvals.example.com', true]);
  const [outside] = entriesOf(desk());
  expect([outside.url, outside.outside]).toEqual(['https://support-desk.example.com', true]);
  expect(outside.from).toEqual(approvals.from);
});
