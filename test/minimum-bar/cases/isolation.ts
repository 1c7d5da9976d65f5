import type { Cases, Draft } from '../../support/bar';
import { onOpenShift } from '../../support/bar';
import { plainContracts } from '../../support/own-models';

// biome-ignore lint/suspicious/noExplicitAny: manifests by hand
type Any = any;

const policy = (namespace: string, name: string, spec: Any): Any => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec,
});
const agent = { matchLabels: { 'firepit.dev/agent': 'triage' } };
const opened = (spec: Any) => (d: Draft) => d.add(policy(d.agents, 'more', { podSelector: agent, ...spec }));

/** A change to who may connect to a front in the cluster alone. */
const called = (change: (rule: Any, d: Draft) => void) => ({
  of: plainContracts,
  change: (d: Draft) => change(d.get('NetworkPolicy', 'gateway').spec.ingress[0], d),
});

/** Rules about who reaches whom. */
export const isolation: Cases = {
  'deny-by-default': {
    noncompliance: {
      'no default deny': (d) => d.remove('NetworkPolicy', 'default-deny', d.control),
      'only one direction': (d) => {
        d.get('NetworkPolicy', 'default-deny', d.agents).spec.policyTypes = ['Ingress'];
      },
      'a policy that the API server would not take': (d) => {
        d.get('NetworkPolicy', 'default-deny', d.agents).spec.policyTypes.push('Sideways');
      },
      'only some pods': (d) => {
        d.get('NetworkPolicy', 'default-deny', d.agents).spec.podSelector = agent;
      },
    },
    compliance: {
      'policyTypes left out, with an empty egress': (d) => {
        d.add(policy(d.agents, 'again', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }));
      },
    },
  },
  'agents-have-one-neighbour': {
    noncompliance: {
      'an egress rule without peers': opened({ policyTypes: ['Egress'], egress: [{}] }),
      'an empty list of peers': opened({ egress: [{ to: [], ports: [{ port: 443 }] }] }),
      'the metadata address': opened({ egress: [{ to: [{ ipBlock: { cidr: '169.254.169.254/32' } }] }] }),
      'every namespace': opened({ ingress: [{ from: [{ namespaceSelector: {} }] }] }),
      'a policy that selects by another label': (d) =>
        d.add(
          policy(d.agents, 'more', {
            podSelector: { matchExpressions: [{ key: 'firepit.dev/component', operator: 'Exists' }] },
            egress: [{}],
          }),
        ),
      'a range of ports': (d) => {
        d.get('NetworkPolicy', 'agent-triage').spec.egress[0].ports[0].endPort = 65535;
      },
      'gateways of any namespace': (d) => {
        d.get('NetworkPolicy', 'agent-triage').spec.egress[0].to[0].namespaceSelector = {};
      },
      'any pod of the control namespace': (d) => {
        d.get('NetworkPolicy', 'agent-triage').spec.ingress[0].from[0].podSelector = {};
      },
      'no policy for the agent': (d) => d.remove('NetworkPolicy', 'agent-triage'),
      'name servers': opened({
        egress: [
          {
            to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
            ports: [{ protocol: 'UDP', port: 53 }],
          },
        ],
      }),
    },
    compliance: {
      'one more policy that denies': opened({ policyTypes: ['Ingress', 'Egress'] }),
      'the selector written as an expression': (d) => {
        d.get('NetworkPolicy', 'agent-triage').spec.egress[0].to[0].namespaceSelector = {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [d.control] }],
        };
      },
    },
  },
  'neighbour-is-the-gateway': {
    noncompliance: {
      'another part with the labels of the gateway': (d) => {
        d.get('Deployment', 'governor').spec.template.metadata.labels['firepit.dev/component'] = 'gateway';
      },
      'a pod by hand with the labels of the gateway': (d) =>
        d.add({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: 'x',
            namespace: d.control,
            labels: { 'firepit.dev/component': 'gateway', 'firepit.dev/environment': d.agents },
          },
          spec: d.pod('gateway'),
        }),
    },
    compliance: {
      'a pod with labels of its own elsewhere': (d) =>
        d.add({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'x', namespace: 'elsewhere', labels: { app: 'x' } },
          spec: { containers: [] },
        }),
    },
  },
  'quarantine-isolates': {
    noncompliance: {
      'a policy that forgets quarantine': (d) => {
        delete d.get('NetworkPolicy', 'agent-triage').spec.podSelector.matchExpressions;
      },
      'a policy that excludes one value only': (d) => {
        d.get('NetworkPolicy', 'agent-triage').spec.podSelector.matchExpressions = [
          { key: 'firepit.dev/quarantine', operator: 'NotIn', values: ['true'] },
        ];
      },
      'a policy for quarantined pods alone': opened({
        podSelector: { matchLabels: { 'firepit.dev/quarantine': 'forensics' } },
        egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }],
      }),
    },
    compliance: {
      'a policy for others': (d) =>
        d.add(policy(d.agents, 'more', { podSelector: { matchLabels: { app: 'x' } }, egress: [{}] })),
    },
  },
  'quarantine-is-denied-explicitly': {
    noncompliance: {
      'no cluster policy': (d) => d.remove('ClusterNetworkPolicy', 'quarantine'),
      'a lower tier': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.tier = 'Baseline';
      },
      'one address family': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.egress[1].to[0].networks = ['0.0.0.0/0'];
      },
      'one value of the label': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.subject.pods.podSelector = {
          matchLabels: { 'firepit.dev/quarantine': 'true' },
        };
      },
      'some ports': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.egress[0].protocols = [
          { tcp: { destinationPort: { number: 443 } } },
        ];
      },
      'a lower priority on OpenShift': {
        of: onOpenShift,
        change: (d) => Object.assign(d.get('AdminNetworkPolicy', 'quarantine').spec, { priority: 50 }),
      },
    },
    compliance: { 'the policy of OpenShift': { of: onOpenShift } },
  },
  'policies-select-known-pods': {
    noncompliance: {
      'a door for a pod of tomorrow': (d) =>
        d.add(policy(d.control, 'more', { podSelector: { matchLabels: { app: 'x' } }, egress: [{}] })),
      'one policy for two parts': (d) =>
        d.add(
          policy(d.control, 'more', {
            podSelector: {
              matchExpressions: [{ key: 'firepit.dev/component', operator: 'In', values: ['warden', 'ledger'] }],
            },
            egress: [{}],
          }),
        ),
      'a cluster policy that accepts': (d) => {
        d.get('ClusterNetworkPolicy', 'quarantine').spec.egress.unshift({ action: 'Accept', to: [{ namespaces: {} }] });
      },
      'a policy of another engine': (d) =>
        d.add({
          apiVersion: 'cilium.io/v2',
          kind: 'CiliumNetworkPolicy',
          metadata: { name: 'x', namespace: d.agents },
          spec: {},
        }),
    },
    compliance: {
      'a policy that only denies': (d) =>
        d.add(policy(d.control, 'more', { podSelector: { matchLabels: { app: 'x' } }, policyTypes: ['Egress'] })),
    },
  },
  'entries-are-declared': {
    noncompliance: {
      'agents at the governor': (d) => {
        d.get('NetworkPolicy', 'governor').spec.ingress.push({
          from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': d.agents } } }],
          ports: [{ protocol: 'TCP', port: 50051 }],
        });
      },
      'the ingress at a front in the cluster alone': called((rule, d) =>
        rule.from.push(d.get('NetworkPolicy', 'approvals').spec.ingress[0].from[0]),
      ),
      'every pod beside a caller': called((rule) => Object.assign(rule.from[0], { podSelector: {} })),
      'the labels of a caller in any namespace': called((rule) =>
        Object.assign(rule.from[0], { namespaceSelector: {} }),
      ),
      'a caller at another port': called((rule) => Object.assign(rule.ports[0], { port: 9443 })),
      'a caller at the approvals page': called((rule, d) =>
        d.get('NetworkPolicy', 'approvals').spec.ingress[0].from.push(rule.from[0]),
      ),
      'people at the warden': (d) => {
        d.get('NetworkPolicy', 'warden').spec.ingress.push(d.get('NetworkPolicy', 'gateway').spec.ingress[0]);
      },
      'no port': (d) => {
        delete d.get('NetworkPolicy', 'ledger').spec.ingress[0].ports;
      },
    },
    compliance: { 'a rule taken away': (d) => d.get('NetworkPolicy', 'ledger').spec.ingress.pop() },
  },
  'exits-are-declared': {
    noncompliance: {
      'the metadata address through the gateway': (d) => {
        for (const rule of d.get('NetworkPolicy', 'gateway').spec.egress)
          for (const to of rule.to)
            if (to.ipBlock?.except) to.ipBlock.except = to.ipBlock.except.filter((e: string) => e !== '169.254.0.0/16');
      },
      'a wider range': (d) => {
        for (const rule of d.get('NetworkPolicy', 'gateway').spec.egress)
          for (const to of rule.to) if (to.ipBlock?.cidr === '10.20.0.0/24') to.ipBlock.cidr = '10.20.0.0/16';
      },
      'another port': (d) => {
        d.get('NetworkPolicy', 'approvals').spec.egress[0].ports = [{ protocol: 'TCP', port: 22 }];
      },
      'everywhere for the ledger': (d) => d.get('NetworkPolicy', 'ledger').spec.egress.push({}),
    },
    compliance: {
      'a narrower range': (d) => {
        for (const rule of d.get('NetworkPolicy', 'gateway').spec.egress)
          for (const to of rule.to) if (to.ipBlock?.cidr === '10.20.0.0/24') to.ipBlock.cidr = '10.20.0.0/28';
      },
    },
  },
  'parts-reach-each-other': {
    noncompliance: {
      'a warden that cannot act': (d) => {
        const { spec } = d.get('NetworkPolicy', 'warden');
        spec.egress = spec.egress.filter((r: Any) => !r.to.some((t: Any) => t.ipBlock?.cidr.startsWith('192.168.10.')));
      },
      'a caller who is not let in': called((_rule, d) => d.get('NetworkPolicy', 'gateway').spec.ingress.shift()),
      'a warden that hears nobody': (d) => {
        d.get('NetworkPolicy', 'warden').spec.ingress = [];
      },
    },
    compliance: {
      'one policy split in two': (d) => {
        const { spec } = d.get('NetworkPolicy', 'warden');
        d.add(
          policy(d.control, 'warden-in', {
            podSelector: spec.podSelector,
            policyTypes: ['Ingress'],
            ingress: spec.ingress,
          }),
        );
        d.get('NetworkPolicy', 'warden').spec.ingress = [];
      },
    },
  },
  'api-server-is-closed': {
    noncompliance: {
      'the ledger at the API server': (d) =>
        d
          .get('NetworkPolicy', 'ledger')
          .spec.egress.push({ to: [{ ipBlock: { cidr: '192.168.0.0/16' } }], ports: [{ port: 6443 }] }),
      'an agent at the API server': opened({ egress: [{ to: [{ ipBlock: { cidr: '192.168.10.10/32' } }] }] }),
    },
    compliance: {
      'a range that leaves it out': (d) =>
        d.get('NetworkPolicy', 'ledger').spec.egress.push({
          to: [{ ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.10.0/24'] } }],
          ports: [{ port: 6443 }],
        }),
      'another port': (d) =>
        d
          .get('NetworkPolicy', 'ledger')
          .spec.egress.push({ to: [{ ipBlock: { cidr: '192.168.10.10/32' } }], ports: [{ port: 5432 }] }),
    },
  },
  'agents-know-one-name': {
    noncompliance: {
      "the cluster's name servers": (d) => {
        d.pod('triage').dnsPolicy = 'ClusterFirst';
      },
      'a name server of somebody': (d) => {
        d.pod('triage').dnsConfig.nameservers = ['203.0.113.53'];
      },
      'an alias by hand': (d) => {
        d.pod('triage').hostAliases = [{ ip: '203.0.113.7', hostnames: ['gateway'] }];
      },
      'no policy about aliases': (d) => d.remove('ValidatingAdmissionPolicyBinding', 'gateway-address-only'),
      'another reserved address': {
        of: onOpenShift,
        change: (d) => Object.assign(d.get('Service', 'gateway').spec, { clusterIP: '172.30.200.11' }),
      },
    },
    compliance: { 'a reserved address': { of: onOpenShift } },
  },
};
