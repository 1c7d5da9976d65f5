import { External, InCluster, Private, SecretKey } from '../../lib';
import { changed, desk } from '../support/desk';
import { kind, objectsOf, only } from '../support/environment';

const objects = objectsOf(desk());
const egress = (name: string, of = objects) => only(of, 'NetworkPolicy', name).spec.egress;
const blocks = (rules: { to: { ipBlock?: { cidr: string } }[] }[]): string[] =>
  rules.flatMap(({ to }) => to.flatMap((t) => (t.ipBlock === undefined ? [] : [t.ipBlock.cidr])));

describe('network policies', () => {
  test('both namespaces deny by default, both ways', () => {
    for (const namespace of ['support-desk-test', 'support-desk-test-control']) {
      const { spec } = only(objects, 'NetworkPolicy', 'default-deny', namespace);
      expect(spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    }
  });

  test('an agent has one neighbour, which quarantine takes away', () => {
    const { spec } = only(objects, 'NetworkPolicy', 'agent-triage');
    expect(spec.podSelector.matchExpressions).toEqual([{ key: 'firepit.dev/quarantine', operator: 'DoesNotExist' }]);
    expect(spec.ingress).toHaveLength(1);
    expect(spec.egress).toHaveLength(1);
    expect(spec.egress[0].to).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'support-desk-test-control' } },
        podSelector: {
          matchLabels: { 'firepit.dev/environment': 'support-desk-test', 'firepit.dev/component': 'gateway' },
        },
      },
    ]);
    expect(spec.egress[0].ports).toEqual([{ protocol: 'TCP', port: 9443 }]);
    expect(spec.ingress[0].ports).toEqual([{ protocol: 'TCP', port: 8443 }]);
  });

  test('nothing but the default deny and its own policy selects an agent', () => {
    const inAgents = kind(objects, 'NetworkPolicy').filter((o) => o.metadata.namespace === 'support-desk-test');
    expect(inAgents.map((o) => o.metadata.name).sort()).toEqual(['agent-triage', 'default-deny']);
  });

  test('private upstreams are their ranges; the metadata address is never among what is public', () => {
    expect(blocks(egress('gateway'))).toEqual(
      expect.arrayContaining(['10.20.0.0/24', '10.21.0.0/28', '0.0.0.0/0', '::/0']),
    );
    const open = egress('gateway')
      .flatMap((r: { to: { ipBlock?: { cidr: string; except?: string[] } }[] }) => r.to)
      .find((t: { ipBlock?: { cidr: string } }) => t.ipBlock?.cidr === '0.0.0.0/0');
    expect(open.ipBlock.except).toEqual(
      expect.arrayContaining([
        '169.254.0.0/16',
        '10.0.0.0/8',
        '172.16.0.0/12',
        '192.168.0.0/16',
        '100.64.0.0/10',
        '127.0.0.0/8',
      ]),
    );
  });

  test('an environment without external upstreams opens no public address to the gateway', () => {
    const inside = objectsOf(
      changed(
        (d) =>
          (d.models.claude.at = InCluster.service('llm', { namespace: 'models', port: 8443, pods: { app: 'llm' } })),
      ),
    );
    expect(blocks(egress('gateway', inside)).filter((c) => c.endsWith('/0'))).toEqual([]);
    const outside = objectsOf(changed((d) => (d.tools.crm.at = External.host('crm.example.com'))));
    expect(blocks(egress('gateway', outside))).toContain('0.0.0.0/0');
    const moved = objectsOf(
      changed((d) => (d.tools.crm.at = Private.host('crm.internal.example.com', { cidrs: ['10.99.0.0/24'] }))),
    );
    expect(blocks(egress('gateway', moved))).toContain('10.99.0.0/24');
    expect(blocks(egress('gateway', moved))).not.toContain('10.21.0.0/28');
  });

  test('an identity provider in a private network is its ranges: nobody who asks it reaches the internet', () => {
    const place = Private.host('login.example.com', { cidrs: ['10.30.0.0/28'], ca: SecretKey.of('sso', 'ca.crt') });
    const inside = objectsOf(changed((d) => (d.users.at = place)));
    for (const part of ['governor', 'approvals']) {
      expect(blocks(egress(part)).filter((c) => c.endsWith('/0'))).toEqual(['0.0.0.0/0', '::/0']);
      expect(blocks(egress(part, inside)).filter((c) => c.endsWith('/0'))).toEqual([]);
      expect(blocks(egress(part, inside))).toContain('10.30.0.0/28');
      const { volumes } = only(inside, 'Deployment', part).spec.template.spec;
      expect(volumes).toContainEqual(
        expect.objectContaining({ secret: expect.objectContaining({ secretName: 'sso' }) }),
      );
    }
  });

  test('only warden and governor reach the API server', () => {
    const reaching = kind(objects, 'NetworkPolicy')
      .filter((o) => blocks(o.spec.egress ?? []).some((c) => c.startsWith('192.168.10.')))
      .map((o) => o.metadata.name);
    expect(reaching.sort()).toEqual(['governor', 'warden']);
  });

  test('only Falco, governor and approvals reach the warden', () => {
    const { ingress } = only(objects, 'NetworkPolicy', 'warden').spec;
    const peers = ingress.flatMap(
      (r: {
        from: {
          namespaceSelector: { matchLabels: Record<string, string> };
          podSelector: { matchLabels: Record<string, string> };
        }[];
      }) =>
        r.from.map(
          (f) =>
            `${Object.values(f.namespaceSelector.matchLabels)[0]}:${Object.values(f.podSelector.matchLabels).join(',')}`,
        ),
    );
    expect(peers).toEqual([
      'firepit-system:falco',
      'support-desk-test-control:governor,support-desk-test',
      'support-desk-test-control:approvals,support-desk-test',
      'monitoring:prometheus',
    ]);
  });
});
