import type { Request } from './admission';
import type { Facts } from './facts';
import { nameOf, type Obj } from './plain';

const MALLORY = { user: 'mallory', groups: ['system:authenticated'] };

/** What a governed namespace lets only deployers change. */
const CONTROLLED: readonly (readonly [group: string, resource: string])[] = [
  ['networking.k8s.io', 'networkpolicies'],
  ['networking.k8s.io', 'ingresses'],
  ...['configmaps', 'services', 'serviceaccounts', 'resourcequotas', 'limitranges'].map((r) => ['', r] as const),
  ['rbac.authorization.k8s.io', 'roles'],
  ['rbac.authorization.k8s.io', 'rolebindings'],
  ['policy', 'poddisruptionbudgets'],
  ...['certificates', 'certificaterequests', 'issuers'].map((r) => ['cert-manager.io', r] as const),
  ['gateway.networking.k8s.io', 'httproutes'],
  ['route.openshift.io', 'routes'],
];

const objectNamed = (name: string, namespace: string, rest: Obj = {}): Obj => ({
  metadata: { name, namespace },
  ...rest,
});

const request = (
  what: string,
  operation: Request['operation'],
  [group, resource]: readonly [string, string],
  namespace: string,
  rest: Partial<Request>,
): Request => ({
  what: `${what} in ${namespace}`,
  operation,
  group,
  resource,
  namespace,
  name: 'probe',
  ...MALLORY,
  ...rest,
});

const STRANGERS = [
  MALLORY,
  { user: 'system:serviceaccount:default:builder', groups: ['system:serviceaccounts', 'system:authenticated'] },
];

const changesOf = (namespace: string, { E }: Facts): Request[] => {
  const agent = { user: `system:serviceaccount:${E}:anything`, groups: ['system:serviceaccounts'] };
  return CONTROLLED.flatMap((api) => {
    const object = objectNamed('probe', namespace);
    return [...STRANGERS, agent].flatMap((by) => [
      request(`${by.user} creating ${api[1]}`, 'CREATE', api, namespace, { ...by, object }),
      request(`${by.user} changing ${api[1]}`, 'UPDATE', api, namespace, { ...by, object, oldObject: object }),
      request(`${by.user} deleting ${api[1]}`, 'DELETE', api, namespace, { ...by, oldObject: object }),
    ]);
  });
};

/** What nobody but the warden may write: the records, and the identities of agents. */
const records = (facts: Facts): Request[] => {
  const { control, E, deployers } = facts;
  const api = ['', 'configmaps'] as const;
  const who = [
    { user: `system:serviceaccount:${control}:governor`, groups: ['system:serviceaccounts'] },
    ...deployers.map((deployer) => asUser(deployer)),
  ];
  return who
    .flatMap((by) =>
      ['containment', 'ca-bundle'].flatMap((name) => {
        const held = objectNamed(name, control, { data: { a: '1' } });
        const say = (doing: string): string => `${by.user || by.groups.at(-1)} ${doing} ${name}`;
        return [
          request(say('emptying'), 'UPDATE', api, control, {
            ...by,
            object: objectNamed(name, control),
            oldObject: held,
          }),
          request(say('filling'), 'UPDATE', api, control, {
            ...by,
            object: held,
            oldObject: objectNamed(name, control),
          }),
          request(say('freezing'), 'UPDATE', api, control, {
            ...by,
            object: { ...held, immutable: true },
            oldObject: held,
          }),
          request(say('making a full'), 'CREATE', api, control, { ...by, object: held }),
          request(say('deleting'), 'DELETE', api, control, { ...by, oldObject: held }),
        ];
      }),
    )
    .concat(
      facts.agents.flatMap(({ name }) => {
        const secret = (data?: Obj): Obj =>
          objectNamed(`${name}-identity`, E, { type: 'Opaque', ...(data === undefined ? {} : { data }) });
        return who.map((by) =>
          request(`${by.user || by.groups.at(-1)} filling the identity of ${name}`, 'UPDATE', ['', 'secrets'], E, {
            ...by,
            object: secret({ 'tls.key': 'eA==' }),
            oldObject: secret(),
          }),
        );
      }),
    );
};

const asUser = (deployer: string): { user: string; groups: string[] } => {
  const [kind, name = ''] = deployer.split(/:(.*)/s);
  if (kind === 'group') return { user: 'somebody', groups: ['system:authenticated', name] };
  if (kind === 'user') return { user: name, groups: ['system:authenticated'] };
  return { user: `system:serviceaccount:${name.replace('/', ':')}`, groups: ['system:serviceaccounts'] };
};

const secrets = ({ E, control }: Facts): Request[] => {
  const api = ['', 'secrets'] as const;
  const make = (what: string, namespace: string, rest: Obj, name = 'probe'): Request =>
    request(what, 'CREATE', api, namespace, { object: objectNamed(name, namespace, rest) });
  return [
    make('a Secret with data', E, { type: 'Opaque', data: { key: 'eA==' } }),
    make('a full identity', E, { type: 'Opaque', data: { key: 'eA==' } }, 'x-identity'),
    make('a token of a service account', E, { type: 'kubernetes.io/service-account-token' }),
    make('a token of a service account', control, { type: 'kubernetes.io/service-account-token' }),
  ];
};

const exceptions = (reference: readonly Obj[]): Request[] => {
  const names = reference.filter((o) => o.kind === 'ImageValidatingPolicy').map(nameOf);
  return [...names, '*', `${(names[0] ?? '').slice(0, -1)}*`].flatMap((name) =>
    (['CREATE', 'UPDATE'] as const).map((operation) => {
      const object = objectNamed('probe', 'default', {
        spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name }] },
      });
      return request(
        `${operation} of an exception from ${name}`,
        operation,
        ['policies.kyverno.io', 'policyexceptions'],
        'default',
        {
          object,
          oldObject: object,
        },
      );
    }),
  );
};

/** Changes of other objects that a governed environment refuses. */
export const objectProbes = (facts: Facts, reference: readonly Obj[]): Request[] => [
  ...changesOf(facts.E, facts),
  ...changesOf(facts.control, facts),
  ...records(facts),
  ...secrets(facts),
  ...exceptions(reference),
];
