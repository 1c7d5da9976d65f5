import { may } from '../preflight';
import { atLeast, bad, type Finding, good, type Kind, type Question } from './finding';

/** Seconds by which clocks may differ before fresh certificates and tokens are not valid yet. */
const SKEW = 30;

/** Version of the cluster: what is written needs policies that older ones do not have. */
export const version: Question = async ({ requests, declaration }) => {
  const { body } = await requests.api.get('/version');
  const found = String(body?.gitVersion ?? 'unknown');
  const platform = declaration?.platform;
  if (platform?.kind === 'openshift')
    return [good('version', `Kubernetes ${found} under OpenShift ${platform.version}`)];
  const reserved = platform?.gatewayAddress !== undefined;
  const least = reserved ? 35 : 36;
  if (!atLeast(found, 1, least))
    return [
      bad(
        'version',
        `Kubernetes ${found}`,
        reserved
          ? 'upgrade to 1.35 or newer'
          : 'upgrade to 1.36 or newer; on 1.35 reserve a ClusterIP for the gateway (platform.gatewayAddress)',
      ),
    ];
  if (platform !== undefined && !found.includes(`${platform.version}.`))
    return [
      bad(
        'version',
        `Kubernetes ${found}, and the platform is declared as ${platform.version}`,
        'declare the version that runs',
      ),
    ];
  return [good('version', `Kubernetes ${found}`)];
};

/** The clock of the API server against ours: certificates and tokens are judged by it. */
export const clock: Question = async ({ requests }) => {
  const before = Date.now();
  const { date } = await requests.api.get('/version');
  if (date === undefined)
    return [
      { id: 'clock', state: 'unproven', found: 'the API server tells no time', fix: 'look at the clock of its node' },
    ];
  // The header has whole seconds; what the answer took is nobody's skew.
  const skew = Math.max(0, Math.abs(date.getTime() - (before + Date.now()) / 2) - 1000) / 1000;
  return [
    skew > SKEW
      ? bad(
          'clock',
          `the clocks differ by ${Math.round(skew)} s`,
          'synchronize the clocks (NTP) of nodes and of this machine',
        )
      : good('clock', `the clocks differ by less than ${SKEW} s`),
  ];
};

/** Where kinds come from that Kubernetes does not serve by itself. */
const SOURCES: readonly (readonly [RegExp, string, string])[] = [
  [/^policies\.kyverno\.io\//, 'kyverno-policies', 'install Kyverno 1.19 or newer, with policies.kyverno.io/v1'],
  [/^cert-manager\.io\//, 'cert-manager-kinds', 'install cert-manager in the namespace cert-manager'],
  [/^agents\.x-k8s\.io\//, 'agent-sandbox', 'install agent-sandbox with agents.x-k8s.io/v1beta1, and its controller'],
  [/^gateway\.networking\.k8s\.io\//, 'gateway-api', 'install Gateway API with BackendTLSPolicy v1'],
  [/^route\.openshift\.io\//, 'routes', 'this kind belongs to OpenShift: declare the platform that the cluster is'],
  [
    /^monitoring\.coreos\.com\//,
    'prometheus-operator',
    'install the CustomResourceDefinitions of the Prometheus operator',
  ],
  [
    /^policy\.networking\.k8s\.io\//,
    'explicit-deny',
    'install ClusterNetworkPolicy v1alpha2 with an engine that enforces it, or declare clusterNetworkPolicy: false',
  ],
  [
    /^admissionregistration\.k8s\.io\//,
    'admission-policies',
    'upgrade to Kubernetes 1.36, or reserve an address for the gateway',
  ],
];

/** Every kind that the environment is made of is served, at the version it is written in. */
export const kinds: Question = async ({ requests, kinds: needed }) => {
  const groups = new Map<string, { readonly fix: string; readonly kinds: Kind[]; readonly missing: string[] }>();
  for (const kind of needed) {
    const [, id = 'kinds', fix = 'upgrade the cluster'] = SOURCES.find(([group]) => group.test(kind.apiVersion)) ?? [];
    const group = groups.get(id) ?? { fix, kinds: [], missing: [] };
    groups.set(id, group);
    group.kinds.push(kind);
    if (!(await requests.serves(kind.apiVersion, kind.kind))) group.missing.push(`${kind.apiVersion} ${kind.kind}`);
  }
  return [...groups].map(
    ([id, group]): Finding =>
      group.missing.length > 0
        ? bad(id, `not served: ${group.missing.join(', ')}`, group.fix)
        : good(id, `served: ${group.kinds.map(({ kind }) => kind).join(', ')}`),
  );
};

/** Whether whoever asks may make, change and take away each kind. */
export const permissions: Question = async ({ requests, kinds: needed }) => {
  const missing: string[] = [];
  const namespaces = { apiVersion: 'v1', kind: 'Namespace' };
  for (const { apiVersion, kind } of [namespaces, ...needed.filter(({ kind }) => kind !== 'Namespace')]) {
    if (!(await requests.serves(apiVersion, kind))) continue;
    const resource = (await requests.collection(apiVersion, kind)).split('/').at(-1);
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    for (const verb of ['create', 'patch', 'delete'])
      if (!(await may(requests, { group, resource, verb }))) missing.push(`${verb} ${resource}`);
  }
  const impersonates = await may(requests, { group: '', resource: 'users', verb: 'impersonate' });
  return [
    missing.length > 0
      ? bad(
          'permissions',
          `not allowed: ${missing.join(', ')}`,
          'ask as a deployer with rights on these, such as cluster-admin',
        )
      : good('permissions', 'every kind may be created, changed and deleted'),
    impersonates
      ? good('impersonation', 'requests may be made as somebody else, as firepit prove does')
      : {
          id: 'impersonation',
          state: 'unproven',
          found: 'requests may not be made as somebody else',
          fix: 'firepit prove needs it: grant the verb impersonate on users and groups',
        },
  ];
};
