import { describe, expect, test } from '@jest/globals';
import { FOUNDATION_RULES } from '../../lib/minimum-bar';
import { checkFoundationBar } from '../../lib/minimum-bar/foundation';
import { foundationOf, objectsOfFoundation, operated } from '../support/foundation';
import { FoundationOracle } from '../support/oracle/foundation';

// biome-ignore lint/suspicious/noExplicitAny: a mutation may write anything anywhere
type Any = any;
type Change = (of: (kind: string, name: string) => Any, objects: Any[]) => void;

const declaration = foundationOf();
const whole = objectsOfFoundation(declaration);

const changed = (change: Change): Any[] => {
  const objects = structuredClone(whole) as Any[];
  const of = (kind: string, name: string): Any => {
    const match = objects.find((o) => o.kind === kind && o.metadata.name.replace(/-[0-9a-f]{10}$/, '') === name);
    if (match === undefined) throw new Error(`no ${kind} ${name}`);
    return match;
  };
  change(of, objects);
  return objects;
};
const found = (objects: Any[]): string[] => [
  ...new Set(checkFoundationBar(declaration, objects).findings.map(({ rule }) => rule)),
];
const oracle = new FoundationOracle(whole);
const without =
  (kind: string, name: string): Change =>
  (of, objects) => {
    objects.splice(objects.indexOf(of(kind, name)), 1);
  };
const falco = (of: (kind: string, name: string) => Any): Any => of('DaemonSet', 'falco').spec.template.spec;
const policy = (of: (kind: string, name: string) => Any, name: string): Any =>
  of('ValidatingAdmissionPolicy', `firepit-system-${name}`).spec;
const relay = (of: (kind: string, name: string) => Any, edit: (config: Any) => void): void => {
  const { data } = of('ConfigMap', 'relay');
  const config = JSON.parse(data['envoy.yaml']);
  edit(config);
  data['envoy.yaml'] = JSON.stringify(config);
};

/** What OpenShift needs beside, as somebody writes it. */
const constraints =
  (fields: object): Change =>
  (_of, objects) =>
    objects.push({
      apiVersion: 'security.openshift.io/v1',
      kind: 'SecurityContextConstraints',
      metadata: { name: 'firepit-system-falco' },
      allowPrivilegedContainer: false,
      allowPrivilegeEscalation: false,
      allowHostDirVolumePlugin: true,
      allowedCapabilities: ['BPF', 'PERFMON', 'SYS_PTRACE', 'SYS_RESOURCE'],
      users: ['system:serviceaccount:firepit-system:falco'],
      groups: [],
      ...fields,
    });

/** What makes the foundation worse, and the rule that must say so. */
const CASES: Readonly<Record<string, Readonly<Record<string, Change>>>> = {
  'detector-is-confined': {
    'a privileged Falco': (of) => {
      falco(of).containers[0].securityContext.privileged = true;
    },
    'one more capability': (of) => {
      falco(of).containers[0].securityContext.capabilities.add.push('SYS_ADMIN');
    },
    'a capability of the relay': (of) => {
      falco(of).initContainers[0].securityContext.capabilities.add = ['BPF'];
    },
    'the whole node': (of) => {
      falco(of).volumes.push({ name: 'root', hostPath: { path: '/' } });
    },
    'a mount that it may write': (of) => {
      falco(of).containers[0].volumeMounts.find((m: Any) => m.name === 'proc').readOnly = false;
    },
    'the node seen by the relay': (of) => {
      falco(of).initContainers[0].volumeMounts.push({ name: 'proc', mountPath: '/proc-of-node', readOnly: true });
    },
    'the network of the node': (of) => {
      falco(of).hostNetwork = true;
    },
    'no limit of memory': (of) => {
      falco(of).containers[0].resources = {};
    },
    'no Falco': without('DaemonSet', 'falco'),
    'Falco talks to everybody': (of) => {
      of('NetworkPolicy', 'falco').spec.egress.push({});
    },
    'Falco talks to more than wardens': (of) => {
      of('NetworkPolicy', 'falco').spec.egress[1].to[0].podSelector = {};
    },
    'a warden of an environment that it does not know': (of) => {
      const [to] = of('NetworkPolicy', 'falco').spec.egress[1].to;
      to.namespaceSelector.matchLabels['kubernetes.io/metadata.name'] = 'somebody-elses-control';
    },
    'everybody asks Falco': (of) => {
      of('NetworkPolicy', 'falco').spec.ingress[0].from = [];
    },
    'another policy opens Falco': (of, objects) => {
      const more = structuredClone(of('NetworkPolicy', 'default-deny'));
      more.metadata.name = 'more';
      objects.push(Object.assign(more, { spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] } }));
    },
    'constraints of OpenShift for everybody': constraints({ groups: ['system:authenticated'] }),
    'constraints that let it be privileged': constraints({ allowPrivilegedContainer: true }),
    'constraints that leave its rights to grow': constraints({ allowPrivilegeEscalation: undefined }),
    'constraints with one more capability': constraints({ allowedCapabilities: ['BPF', 'SYS_ADMIN'] }),
    'nothing isolates it': (of, objects) => {
      for (const name of ['falco', 'default-deny']) objects.splice(objects.indexOf(of('NetworkPolicy', name)), 1);
    },
  },
  'detector-stands-alone': {
    'no policy about pods': without('ValidatingAdmissionPolicy', 'firepit-system-pods'),
    'no binding of it': without('ValidatingAdmissionPolicyBinding', 'firepit-system-pods'),
    ...Object.fromEntries(
      [0, 1, 2, 3, 4, 5].map((i) => [
        `a demand on pods less: ${i}`,
        ((of) => policy(of, 'pods').validations.splice(i, 1)) as Change,
      ]),
    ),
    'a policy that refuses Falco': (of) => {
      falco(of).containers[0].args = ['-c', '/elsewhere'];
    },
  },
  'foundation-is-as-declared': {
    'no priority over others': (of) => {
      delete falco(of).priorityClassName;
    },
    'one more object': (_of, objects) => {
      objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more', namespace: 'firepit-system' } });
    },
    'one object less': without('PrometheusRule', 'alerts'),
  },
  'foundation-is-locked': {
    'no policy about who changes': without('ValidatingAdmissionPolicy', 'firepit-system-controls'),
    'no policy about who enters': without('ValidatingAdmissionPolicy', 'firepit-system-no-entry'),
    'anybody may change': (of) => {
      policy(of, 'controls').validations[0].expression += ' || true';
    },
    'the deployers of an environment may change all rules': (of) => {
      const [validation] = policy(of, 'controls').validations;
      validation.expression = validation.expression.replace("request.name == 'falco-rules-billing' && ", '');
    },
    'the deployers of an environment may not change its rules': (of) => {
      const [validation] = policy(of, 'controls').validations;
      validation.expression = validation.expression.replace("'billing' in", "'nobody' in");
    },
    'no default deny': without('NetworkPolicy', 'default-deny'),
  },
  'catch-all-is-in-force': {
    'no catch-all': without('ValidatingAdmissionPolicy', 'firepit-system-catch-all'),
    'it knows everybody': (of) => {
      policy(of, 'catch-all').validations.shift();
    },
    'it does not look at the namespace': (of) => {
      policy(of, 'catch-all').validations.pop();
    },
    'it refuses the models of an environment': (of) => {
      const validation = policy(of, 'catch-all').validations.at(-1);
      validation.expression = validation.expression.replace(", '-models'", '');
    },
    'it looks at new pods alone': (of) => {
      policy(of, 'catch-all').matchConstraints.resourceRules[0].operations = ['CREATE'];
    },
    'it does not know one of the environments': (of) => {
      const [variable] = policy(of, 'catch-all').variables;
      variable.expression = "['support-desk-prod']";
    },
    'it judges what is only quarantined': (of) => {
      policy(of, 'catch-all').matchConditions.pop();
    },
    'exceptions are taken': without('ValidatingAdmissionPolicy', 'firepit-system-no-policy-exceptions'),
  },
  'alerts-reach-the-wardens': {
    'no mirror to one warden': (of) =>
      relay(of, (config) => {
        const [chain] = config.static_resources.listeners[0].filter_chains;
        const [route] = chain.filters[0].typed_config.route_config.virtual_hosts[0].routes;
        route.route.request_mirror_policies = [];
      }),
    'a mirror now and then': (of) =>
      relay(of, (config) => {
        const [chain] = config.static_resources.listeners[0].filter_chains;
        const [route] = chain.filters[0].typed_config.route_config.virtual_hosts[0].routes;
        route.route.request_mirror_policies[0].runtime_fraction = { default_value: { numerator: 1 } };
      }),
    'no certificate for a warden': (of) =>
      relay(of, (config) => {
        delete config.static_resources.clusters[0].transport_socket;
      }),
    'the rules of one environment left out': (of) => {
      const { sources } = falco(of).volumes.find((v: Any) => v.name === 'rules').projected;
      sources.pop();
    },
    'no way to one warden': (of) => {
      of('NetworkPolicy', 'falco').spec.egress[1].to.pop();
    },
    'another place for alerts': (of) => {
      const { data } = of('ConfigMap', 'falco');
      data['falco.yaml'] = data['falco.yaml'].replace('127.0.0.1', '192.0.2.1');
    },
    'no alerts': (of) => {
      const { data } = of('ConfigMap', 'falco');
      const settings = JSON.parse(data['falco.yaml']);
      settings.http_output.enabled = false;
      data['falco.yaml'] = JSON.stringify(settings);
    },
    'no relay': (of) => {
      falco(of).volumes = falco(of).volumes.filter((v: Any) => v.name !== 'relay-config');
    },
  },
  'foundation-stays-home': {
    'an object elsewhere': (of) => {
      of('PodMonitor', 'falco').metadata.namespace = 'default';
    },
    'a right in the whole cluster': (_of, objects) => {
      objects.push({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'firepit-system-any' },
      });
    },
    'a namespace of somebody else': (_of, objects) => {
      objects.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kyverno' } });
    },
  },
  'images-are-pinned': {
    'Falco by a tag': (of) => {
      falco(of).containers[0].image = 'registry.example.com/falco:0.45';
    },
  },
  'admission-fails-closed': {
    'a catch-all that fails open': (of) => {
      policy(of, 'catch-all').failurePolicy = 'Ignore';
    },
  },
};

test('every rule of a foundation has cases', () => {
  expect(FOUNDATION_RULES.filter(({ id }) => CASES[id] === undefined).map(({ id }) => id)).toEqual([]);
});

describe.each(Object.entries(CASES))('%s', (rule, cases) => {
  test.each(Object.entries(cases))('Noncompliance: %s', (_what, change) => {
    const objects = changed(change);
    expect(found(objects)).toContain(rule);
    expect(oracle.holes(objects)).not.toEqual([]);
  });
});

describe('Compliance', () => {
  test('a DaemonSet', () => {
    expect(checkFoundationBar(declaration, whole)).toMatchObject({ findings: [], notApplicable: [] });
  });
  test('with constraints for OpenShift that fit', () => {
    expect(found(changed(constraints({})))).toEqual([]);
  });
  test('by falco-operator', () => {
    const other = foundationOf({ falco: operated });
    expect(checkFoundationBar(other, objectsOfFoundation(other)).findings).toEqual([]);
  });
});
