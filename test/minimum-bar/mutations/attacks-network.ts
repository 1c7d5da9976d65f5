import type { NamedAttack } from './attacks';
import {
  AGENT,
  AGENT_LABELS,
  add,
  addLike,
  all,
  CONTROL,
  E,
  edit,
  GATEWAY_LABELS,
  type Loose,
  object,
  remove,
} from './edit';

const policy = (name: string, namespace: string, spec: Loose): Loose =>
  object('networking.k8s.io/v1', 'NetworkPolicy', name, namespace, { spec });
const ENV = { 'firepit.dev/environment': E };
const anywhere = { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] };
const cut = { matchExpressions: [{ key: 'firepit.dev/quarantine', operator: 'DoesNotExist' }] };

/** Ways past the one neighbour. */
export const networkAttacks: readonly NamedAttack[] = [
  {
    name: 'a second NetworkPolicy reopens egress',
    attack: add(
      policy('also', E, {
        podSelector: { ...cut, matchLabels: AGENT_LABELS },
        policyTypes: ['Egress'],
        egress: [anywhere],
      }),
    ),
  },
  {
    name: 'a second NetworkPolicy opens one port to everywhere',
    attack: add(
      policy('also', E, {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ ports: [{ port: 443, protocol: 'TCP' }] }],
      }),
    ),
  },
  {
    name: 'an agent may ask the name servers',
    attack: add(
      policy('dns', E, {
        podSelector: cut,
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
                podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
              },
            ],
            ports: [{ port: 53, protocol: 'UDP' }],
          },
        ],
      }),
    ),
  },
  {
    name: 'agents may talk to one another',
    attack: add(
      policy('peers', E, {
        podSelector: cut,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: {} }] }],
        egress: [{ to: [{ podSelector: {} }] }],
      }),
    ),
  },
  {
    name: 'monitoring may scrape agents',
    attack: add(
      policy('scrape', E, {
        podSelector: cut,
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
            ports: [{ port: 9090, protocol: 'TCP' }],
          },
        ],
      }),
    ),
  },
  {
    name: 'the allow policy forgets the quarantine label',
    attack: edit('NetworkPolicy', `agent-${AGENT}`, ({ spec }) => delete spec.podSelector.matchExpressions, E),
    unseen: 'the explicit deny still isolates here',
  },
  {
    name: 'the allow policy forgets the quarantine label, and nothing denies',
    attack: all(
      edit('NetworkPolicy', `agent-${AGENT}`, ({ spec }) => delete spec.podSelector.matchExpressions, E),
      remove('ClusterNetworkPolicy', `${E}-quarantine`),
    ),
  },
  {
    name: 'a second allow policy for quarantined pods only',
    attack: addLike('NetworkPolicy', `agent-${AGENT}`, (o) => {
      o.metadata.name = 'agent-again';
      o.spec.podSelector.matchExpressions[0].operator = 'Exists';
    }),
    unseen: 'the explicit deny still isolates here',
  },
  { name: 'no default deny beside the agents', attack: remove('NetworkPolicy', 'default-deny', E) },
  {
    name: 'no default deny in the control plane',
    attack: remove('NetworkPolicy', 'default-deny', CONTROL),
    unseen: 'each declared part has a policy of its own',
  },
  {
    name: 'default deny of ingress only',
    attack: edit('NetworkPolicy', 'default-deny', ({ spec }) => (spec.policyTypes = ['Ingress']), E),
  },
  {
    name: 'default deny selects labelled pods only',
    attack: edit('NetworkPolicy', 'default-deny', ({ spec }) => (spec.podSelector = { matchLabels: AGENT_LABELS }), E),
  },
  {
    name: 'the neighbour is any pod of the control plane',
    attack: edit('NetworkPolicy', `agent-${AGENT}`, ({ spec }) => delete spec.egress[0].to[0].podSelector, E),
  },
  {
    name: 'the neighbour is a gateway in any namespace',
    attack: edit('NetworkPolicy', `agent-${AGENT}`, ({ spec }) => (spec.egress[0].to[0].namespaceSelector = {}), E),
  },
  {
    name: 'every port of the gateway',
    attack: edit('NetworkPolicy', `agent-${AGENT}`, ({ spec }) => delete spec.egress[0].ports, E),
  },
  {
    name: 'a range of ports of the gateway',
    attack: edit('NetworkPolicy', `agent-${AGENT}`, ({ spec }) => (spec.egress[0].ports[0].endPort = 65535), E),
  },
  {
    name: 'the gateway may reach the metadata service',
    attack: edit(
      'NetworkPolicy',
      'gateway',
      ({ spec }) => spec.egress.push({ to: [{ ipBlock: { cidr: '169.254.169.254/32' } }] }),
      CONTROL,
    ),
  },
  {
    name: 'the gateway may reach private ranges under a public host',
    attack: edit(
      'NetworkPolicy',
      'gateway',
      ({ spec }) => {
        for (const rule of spec.egress)
          for (const peer of rule.to) if (peer.ipBlock?.except) delete peer.ipBlock.except;
      },
      CONTROL,
    ),
  },
  {
    name: 'the gateway may reach the API server',
    attack: edit(
      'NetworkPolicy',
      'gateway',
      ({ spec }) =>
        spec.egress.push({ to: [{ ipBlock: { cidr: '192.168.10.10/32' } }], ports: [{ port: 6443, protocol: 'TCP' }] }),
      CONTROL,
    ),
  },
  {
    name: 'agents may reach the governor',
    attack: edit(
      'NetworkPolicy',
      'governor',
      ({ spec }) => spec.ingress.push({ from: [{ namespaceSelector: { matchLabels: ENV } }] }),
      CONTROL,
    ),
  },
  {
    name: 'every pod of the cluster may reach the approvals page',
    attack: edit(
      'NetworkPolicy',
      'approvals',
      ({ spec }) => spec.ingress.push({ from: [{ namespaceSelector: {} }], ports: [{ port: 8443, protocol: 'TCP' }] }),
      CONTROL,
    ),
  },
  {
    name: 'the ledger takes entries from anywhere',
    attack: edit('NetworkPolicy', 'ledger', ({ spec }) => spec.ingress.push({}), CONTROL),
  },
  {
    name: 'a cluster-wide policy accepts for agents',
    attack: add(
      object('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', `${E}-accept`, undefined, {
        spec: {
          tier: 'Admin',
          priority: 0,
          subject: { pods: { namespaceSelector: { matchLabels: ENV }, podSelector: { matchLabels: AGENT_LABELS } } },
          egress: [{ name: 'all', action: 'Accept', to: [{ networks: ['0.0.0.0/0'] }] }],
        },
      }),
    ),
  },
  {
    name: 'an admin policy allows for agents',
    attack: add(
      object('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', `${E}-allow`, undefined, {
        spec: {
          priority: 1,
          subject: { namespaces: { matchLabels: ENV } },
          ingress: [{ name: 'all', action: 'Allow', from: [{ namespaces: {} }] }],
        },
      }),
    ),
  },
  {
    name: 'the explicit deny under quarantine is gone',
    attack: remove('ClusterNetworkPolicy', `${E}-quarantine`),
    unseen: 'a second line of defence: without it the first still isolates',
  },
  {
    name: 'the explicit deny passes instead',
    attack: edit('ClusterNetworkPolicy', `${E}-quarantine`, ({ spec }) => (spec.egress[0].action = 'Accept')),
  },
  {
    name: 'a Service of an agent on a node port',
    attack: edit('Service', AGENT, ({ spec }) => (spec.type = 'NodePort'), E),
  },
  {
    name: 'a Service straight to the agent container',
    attack: addLike('Service', AGENT, (o) => {
      o.metadata.name = 'direct';
      o.spec.ports = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }];
    }),
  },
  {
    name: 'a load balancer before the governor',
    attack: edit('Service', 'governor', ({ spec }) => (spec.type = 'LoadBalancer')),
  },
  {
    name: 'outside addresses on the approvals Service',
    attack: edit('Service', 'approvals', ({ spec }) => (spec.externalIPs = ['203.0.113.7'])),
  },
  {
    name: "the gateway's Service becomes a name for somewhere else",
    attack: edit('Service', 'gateway', ({ spec }) =>
      Object.assign(spec, { type: 'ExternalName', externalName: 'gateway.example.net' }),
    ),
  },
  {
    name: "the gateway's Service stands for other pods",
    attack: edit('Service', 'gateway', ({ spec }) => (spec.selector = { app: 'other' })),
    unseen: 'certificates are checked by name: it breaks, and opens nothing',
  },
  {
    name: 'endpoints by hand under the name of the gateway',
    attack: add(
      object('v1', 'Endpoints', 'gateway', CONTROL, {
        subsets: [{ addresses: [{ ip: '203.0.113.7' }], ports: [{ port: 9443 }] }],
      }),
    ),
  },
  {
    name: 'an Ingress to an agent',
    attack: add(
      object('networking.k8s.io/v1', 'Ingress', AGENT, E, {
        spec: {
          rules: [
            {
              host: 'triage.example.com',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: AGENT, port: { number: 8443 } } } },
                ],
              },
            },
          ],
        },
      }),
    ),
  },
  {
    name: 'an OpenShift Route to an agent',
    attack: add(
      object('route.openshift.io/v1', 'Route', AGENT, E, {
        spec: { host: 'triage.example.com', to: { kind: 'Service', name: AGENT }, tls: { termination: 'edge' } },
      }),
    ),
  },
  {
    name: 'an HTTPRoute straight to an agent',
    attack: add(
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', AGENT, E, {
        spec: {
          parentRefs: [{ name: 'public', namespace: 'gateway-system' }],
          hostnames: ['support-desk.example.com'],
          rules: [{ backendRefs: [{ name: AGENT, port: 8443 }] }],
        },
      }),
    ),
  },
  {
    name: 'the front answers to another name as well',
    attack: edit('HTTPRoute', 'gateway', ({ spec }) => spec.hostnames.push('other.example.com')),
  },
  {
    name: 'the front leads to the back',
    attack: edit('HTTPRoute', 'gateway', ({ spec }) => (spec.rules[0].backendRefs[0].port = 9443)),
  },
  {
    name: 'requests of people are mirrored',
    attack: edit(
      'HTTPRoute',
      'gateway',
      ({ spec }) =>
        (spec.rules[0].filters = [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'tap', port: 80 } } }]),
    ),
  },
  {
    name: 'a mesh leads traffic elsewhere',
    attack: add(
      object('networking.istio.io/v1', 'ServiceEntry', 'anywhere', E, {
        spec: {
          hosts: ['*'],
          resolution: 'NONE',
          location: 'MESH_EXTERNAL',
          ports: [{ number: 443, name: 'tls', protocol: 'TLS' }],
        },
      }),
    ),
  },
  {
    name: 'another namespace may refer to the Services of the control plane',
    attack: add(
      object('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'anyone', CONTROL, {
        spec: {
          from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' }],
          to: [{ group: '', kind: 'Service' }],
        },
      }),
    ),
  },
  {
    name: 'an extra pod that is labelled as the gateway',
    attack: add(
      object('v1', 'Pod', 'also-gateway', CONTROL, {
        metadata: { name: 'also-gateway', namespace: CONTROL, labels: GATEWAY_LABELS },
        spec: { containers: [{ name: 'x', image: 'registry.example.net/x:1' }] },
      }),
    ),
  },
  {
    name: 'the namespace of agents loses the label that policies select',
    attack: all(edit('Namespace', E, ({ metadata }) => delete metadata.labels['firepit.dev/environment'])),
  },
];
