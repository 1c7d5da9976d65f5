import type { Manifest } from '../../lib/minimum-bar';
import { covers, includesPort, onlyTcp, reachOf, readPolicy } from '../../lib/minimum-bar/network';
import { demanded, pins, selects } from '../../lib/minimum-bar/selectors';
import fc from '../support/property';

const policy = (spec: object, namespace = 'a'): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'x', namespace },
  spec,
});
const pod = { namespace: 'a', labels: { app: 'web', tier: 'front' } };
const reach = (direction: 'ingress' | 'egress', ...specs: object[]) =>
  reachOf(
    specs.map((s) => readPolicy(policy(s))),
    pod,
    direction,
  );

describe('label selectors, as the API defines them', () => {
  test.each([
    [{}, true],
    [undefined, true],
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'db' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'web'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
    [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['web'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
    [{ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['back'] }] }, false],
  ])('%j', (selector, expected) => {
    expect(selects(selector, pod.labels)).toBe(expected);
  });

  test('an operator that does not exist is an error, never a match', () => {
    expect(() => selects({ matchExpressions: [{ key: 'app', operator: 'Like' }] }, {})).toThrow('Like');
  });

  test('what a selector demands', () => {
    expect(demanded({ matchLabels: { a: '1' } }, 'a')).toEqual(['1']);
    expect(
      demanded({ matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }], matchLabels: { a: '2' } }, 'a'),
    ).toEqual(['2']);
    expect(demanded({ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, 'a')).toBeUndefined();
    expect(pins({}, 'a', '1')).toBe(false);
  });
});

describe('the union of policies', () => {
  test('a pod that no policy selects is open', () => {
    expect(reach('egress', { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Egress'] })).toBe('open');
    expect(reachOf([readPolicy(policy({ podSelector: {} }, 'b'))], pod, 'ingress')).toBe('open');
  });

  test('absent policyTypes isolate ingress, and egress where there are egress rules', () => {
    expect(reach('ingress', { podSelector: {} })).toEqual([]);
    expect(reach('egress', { podSelector: {} })).toBe('open');
    expect(reach('egress', { podSelector: {}, egress: [{}] })).toHaveLength(1);
    expect(reach('ingress', { podSelector: {}, policyTypes: ['Egress'] })).toBe('open');
  });

  test('no peers, or an empty list of them, is everybody; no ports is every port', () => {
    for (const rule of [{}, { to: [] }, { to: [], ports: [] }])
      expect(reach('egress', { podSelector: {}, policyTypes: ['Egress'], egress: [rule] })).toEqual([
        expect.objectContaining({ peer: { kind: 'anyone' }, ports: 'every' }),
      ]);
  });

  test('no rules is nobody', () => {
    expect(reach('egress', { podSelector: {}, policyTypes: ['Egress'], egress: [] })).toEqual([]);
  });

  test('policies add up', () => {
    const found = reach(
      'ingress',
      { podSelector: {} },
      { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from: [{ podSelector: {} }] }] },
    );
    expect(found).toHaveLength(1);
  });

  test.each([
    [{ podSelector: {} }, { namespace: 'a', labels: {} }, true],
    [{ podSelector: {} }, { namespace: 'b', labels: {} }, false],
    [{ namespaceSelector: {} }, { namespace: 'b', labels: {} }, true],
    [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'b' } },
        podSelector: { matchLabels: { x: '1' } },
      },
      { namespace: 'b', labels: { x: '1' } },
      true,
    ],
    [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'b' } },
        podSelector: { matchLabels: { x: '1' } },
      },
      { namespace: 'b', labels: {} },
      false,
    ],
    [{ ipBlock: { cidr: '0.0.0.0/0' } }, { namespace: 'a', labels: {} }, false],
  ])('peer %j covers %j: %s', (from, other, expected) => {
    const found = reach('ingress', { podSelector: {}, ingress: [{ from: [from] }] });
    if (found === 'open') throw new Error('isolated');
    expect(covers(found[0]!, other, (n) => ({ 'kubernetes.io/metadata.name': n }))).toBe(expected);
  });

  test('ports: ranges, names, protocols', () => {
    const found = reach('egress', {
      podSelector: {},
      egress: [{ ports: [{ port: 80, endPort: 90 }, { port: 'dns', protocol: 'UDP' }, { protocol: 'SCTP' }] }],
    });
    if (found === 'open') throw new Error('isolated');
    const { ports } = found[0]!;
    expect(includesPort(ports, 'TCP', 85)).toBe(true);
    expect(includesPort(ports, 'TCP', 91)).toBe(false);
    expect(includesPort(ports, 'UDP', 85)).toBe(false);
    expect(includesPort(ports, 'UDP', 53, { dns: 53 })).toBe(true);
    expect(includesPort(ports, 'SCTP', 7)).toBe(true);
    expect(onlyTcp(ports, [80])).toBe(false);
    expect(onlyTcp('every', [80])).toBe(false);
  });
});

const label = fc.record(
  { app: fc.constantFrom('web', 'db'), tier: fc.constantFrom('front', 'back') },
  { requiredKeys: [] },
);
const selector = fc.oneof(
  fc.constant({}),
  label.map((matchLabels) => ({ matchLabels })),
  fc
    .record({
      key: fc.constantFrom('app', 'tier'),
      operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
      values: fc.subarray(['web', 'front', 'back']),
    })
    .map((e) => ({ matchExpressions: [e] })),
);
const anyPolicy = fc.record({
  podSelector: selector,
  policyTypes: fc.subarray(['Ingress', 'Egress'], { minLength: 1 }),
  egress: fc.array(fc.record({ to: fc.array(fc.record({ podSelector: selector }), { maxLength: 2 }) }), {
    maxLength: 2,
  }),
});

describe('properties', () => {
  const size = (r: ReturnType<typeof reach>): number => (r === 'open' ? Number.POSITIVE_INFINITY : r.length);

  test('one more policy never takes a connection away from an isolated pod', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy, { minLength: 1, maxLength: 4 }), anyPolicy, (policies, more) => {
        const before = reach('egress', ...policies);
        fc.pre(before !== 'open');
        expect(size(reach('egress', ...policies, more))).toBeGreaterThanOrEqual(size(before));
      }),
    );
  });

  test('the order of policies does not matter', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy, { maxLength: 4 }), (policies) => {
        const paths = (specs: object[]) => {
          const r = reach('egress', ...specs);
          return r === 'open' ? r : r.map((a) => JSON.stringify(a.peer)).sort();
        };
        expect(paths([...policies].reverse())).toEqual(paths(policies));
      }),
    );
  });

  test('a selector and its negation part the world', () => {
    fc.assert(
      fc.property(label, fc.constantFrom('app', 'tier'), fc.subarray(['web', 'front']), (labels, key, values) => {
        const l = labels as Record<string, string>;
        const one = (operator: string) => selects({ matchExpressions: [{ key, operator, values }] }, l);
        expect(one('In')).toBe(!one('NotIn'));
        expect(one('Exists')).toBe(!one('DoesNotExist'));
      }),
    );
  });
});
