import { describe, expect, test } from '@jest/globals';
import type { FoundationDeclaration } from '../../../lib';
import { checkFoundationBar } from '../../../lib/minimum-bar/foundation';
import { rule } from '../../../lib/minimum-bar/foundation/foundation-is-as-declared';
import { foundationOf, objectsOfFoundation, operated } from '../../support/foundation';

// biome-ignore lint/suspicious/noExplicitAny: a mutation may write anything anywhere
type Any = any;
type Change = (of: (kind: string, name: string) => Any, objects: Any[]) => void;

const said =
  (declaration: FoundationDeclaration) =>
  (change: Change): string[] => {
    const objects = structuredClone(objectsOfFoundation(declaration)) as Any[];
    change((kind, name) => {
      const match = objects.find((o) => o.kind === kind && o.metadata.name.replace(/-[0-9a-f]{10}$/, '') === name);
      if (match === undefined) throw new Error(`no ${kind} ${name}`);
      return match;
    }, objects);
    return checkFoundationBar(declaration, objects, undefined, [rule]).findings.map(
      ({ object, path, problem }) => `${object} ${path}: ${problem}`,
    );
  };
const written = said(foundationOf());
const byOperator = said(foundationOf({ falco: operated }));

const object = (apiVersion: string, kind: string, name: string, rest: object = {}): Any => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'firepit-system' },
  ...rest,
});
const beside =
  (...args: Parameters<typeof object>): Change =>
  (_of, objects) =>
    objects.push(object(...args));
const daemon = (change: (spec: Any, template: Any) => void): Change => {
  return (of) => {
    const { template } = of('DaemonSet', 'falco').spec;
    change(template.spec, template);
  };
};
const DAEMON = 'DaemonSet firepit-system/falco spec.template';

describe('Noncompliance: Falco is kept off a node, or lets go', () => {
  test.each<[what: string, change: Change, says: string]>([
    [
      'a node selector',
      daemon((s) => Object.assign(s, { nodeSelector: { a: 'b' } })),
      `${DAEMON}.spec.nodeSelector: {"a`,
    ],
    ['no toleration', daemon((s) => s.tolerations.pop()), `${DAEMON}.spec.tolerations: 0 entries instead of 1`],
    [
      'one taint tolerated',
      daemon((s) => Object.assign(s.tolerations[0], { key: 'a' })),
      `${DAEMON}.spec.tolerations[0].key: a instead of nothing`,
    ],
    ['no priority', daemon((s) => delete s.priorityClassName), `${DAEMON}.spec.priorityClassName: nothing instead of`],
    ['no probe', daemon((s) => delete s.containers[0].livenessProbe), `${DAEMON}.spec.containers[0].livenessProbe: no`],
    [
      'less memory',
      daemon((s) => Object.assign(s.containers[0].resources.limits, { memory: '512Mi' })),
      `${DAEMON}.spec.containers[0].resources.limits.memory: 512Mi instead of 1Gi`,
    ],
    [
      'more memory than a node has',
      daemon((s) => Object.assign(s.containers[0].resources.requests, { memory: '9Gi' })),
      `${DAEMON}.spec.containers[0].resources.requests.memory: 9Gi instead of 1Gi`,
    ],
    [
      'an amount that nobody can read',
      daemon((s) => Object.assign(s.containers[0].resources.limits, { memory: '2e9' })),
      `${DAEMON}.spec.containers[0].resources.limits.memory: 2e9 instead of 1Gi`,
    ],
    [
      'a limit of its processor time',
      daemon((s) => Object.assign(s.containers[0].resources.limits, { cpu: '4' })),
      `${DAEMON}.spec.containers[0].resources.limits.cpu: 4 instead of nothing`,
    ],
    [
      'labels that no network policy selects',
      daemon((_s, t) => Object.assign(t.metadata.labels, { 'app.kubernetes.io/name': 'other' })),
      `${DAEMON}.metadata.labels['app.kubernetes.io/name']: other instead of falco`,
    ],
    [
      'all its pods replaced at once',
      (of) => Object.assign(of('DaemonSet', 'falco').spec.updateStrategy.rollingUpdate, { maxUnavailable: '100%' }),
      'DaemonSet firepit-system/falco spec.updateStrategy.rollingUpdate.maxUnavailable: 100% instead of 1',
    ],
    [
      "OpenShift's node selector",
      (of) =>
        Object.assign(of('Namespace', 'firepit-system').metadata.annotations, { 'openshift.io/node-selector': 'a=b' }),
      "Namespace firepit-system metadata.annotations['openshift.io/node-selector']: a=b instead of nothing",
    ],
  ])('%s', (_what, change, says) => {
    expect(written(change)).toEqual([expect.stringContaining(says)]);
  });
});

describe('Noncompliance: Falco sees or tells something else', () => {
  test.each<[what: string, change: Change, says: string]>([
    [
      'an engine that sees less',
      (of) => {
        const { data } = of('ConfigMap', 'falco');
        data['falco.yaml'] = data['falco.yaml'].replace('modern_ebpf', 'nodriver');
      },
      "data['falco.yaml'] > engine.kind: nodriver instead of modern_ebpf",
    ],
    [
      'the same file in other words',
      (of) => {
        const { data } = of('ConfigMap', 'falco');
        data['falco.yaml'] = data['falco.yaml'].replace('\n', '');
      },
      "data['falco.yaml']: ",
    ],
    [
      'no rules of its own',
      (of) => Object.assign(of('ConfigMap', 'falco-own-rules').data, { 'rules.yaml': '[]' }),
      "data['rules.yaml']: [] instead of",
    ],
    [
      'a configuration that may change',
      (of) => Object.assign(of('ConfigMap', 'relay'), { immutable: false }),
      'immutable: false instead of true',
    ],
    [
      'an alert that never calls',
      (of) => Object.assign(of('PrometheusRule', 'alerts').spec.groups[0].rules[0], { for: '90d' }),
      'spec.groups[0].rules[0].for: 90d instead of 2m',
    ],
  ])('%s', (_what, change, says) => {
    expect(written(change)).toEqual([expect.stringContaining(says)]);
  });

  test('what is declared and gone, and what is written twice', () => {
    const gone: Change = (of, objects) => objects.splice(objects.indexOf(of('PodMonitor', 'falco')), 1);
    expect(written(gone)).toEqual(['PodMonitor firepit-system/falco : it is declared and not written']);
    const twice: Change = (of, objects) => objects.push(structuredClone(of('PodMonitor', 'falco')));
    expect(written(twice)).toEqual(['PodMonitor firepit-system/falco : it is written twice']);
  });

  test.each([
    ['rules that switch others off', object('artifact.falcosecurity.dev/v1alpha1', 'Rulesfile', 'more')],
    ['another configuration', object('artifact.falcosecurity.dev/v1alpha1', 'Config', 'more')],
    ['a right', object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'more')],
    ['a Secret with its value', object('v1', 'Secret', 'falco-client-tls', { data: { 'tls.key': 'a2V5' } })],
    ['one more way in', object('v1', 'Service', 'falco')],
    ['a kind that looks like one that is welcome', object('example.com/v1', 'Certificate', 'falco')],
  ])('%s beside what is declared', (_what, more) => {
    expect(written((_of, objects) => objects.push(more))).toEqual([
      `${more.kind} firepit-system/${more.metadata.name} : the declaration does not write it`,
    ]);
  });
});

describe('Noncompliance: objects of falco-operator', () => {
  const FALCO = 'Falco firepit-system/falco spec';
  test.each<[what: string, change: Change, says: string]>([
    [
      'one of its many versions',
      (of) => Object.assign(of('Falco', 'falco').spec, { version: '0.39.0' }),
      `${FALCO}.version`,
    ],
    [
      'one pod for all nodes',
      (of) => Object.assign(of('Falco', 'falco').spec, { type: 'Deployment' }),
      `${FALCO}.type`,
    ],
    [
      'what is not said stays privileged',
      (of) => delete of('Falco', 'falco').spec.podTemplateSpec.spec.containers[0].securityContext.privileged,
      `${FALCO}.podTemplateSpec.spec.containers[0].securityContext.privileged: nothing instead of false`,
    ],
    [
      "labels, which its pods get too, and with them another environment's policies",
      (of) => Object.assign(of('Falco', 'falco').metadata.labels, { 'firepit.dev/environment': 'billing' }),
      "metadata.labels['firepit.dev/environment']: billing instead of nothing",
    ],
    [
      'rules before others',
      (of) => Object.assign(of('Rulesfile', 'falco-rules-billing').spec, { priority: 99 }),
      'spec.priority: 99 instead of 50',
    ],
    [
      'rules on some nodes',
      (of) => Object.assign(of('Rulesfile', 'falco-rules-billing').spec, { selector: { matchLabels: { a: 'b' } } }),
      'spec.selector: {"matchLabels":{"a":"b"}} instead of nothing',
    ],
    [
      'another engine',
      (of) => Object.assign(of('Config', 'falco').spec.config.engine, { kind: 'nodriver' }),
      'spec.config.engine.kind: nodriver instead of modern_ebpf',
    ],
    [
      'the plugin by a tag',
      (of) => Object.assign(of('Plugin', 'container').spec.ociArtifact.image, { tag: '0.6' }),
      'spec.ociArtifact.image.tag: 0.6 instead of sha256:',
    ],
    [
      'the plugin without TLS',
      (of) => Object.assign(of('Plugin', 'container').spec.ociArtifact.registry, { plainHTTP: true }),
      'spec.ociArtifact.registry.plainHTTP: true instead of nothing',
    ],
  ])('%s', (_what, change, says) => {
    expect(byOperator(change)).toEqual([expect.stringContaining(says)]);
  });
});

describe('Compliance', () => {
  test.each<[what: string, change: Change]>([
    [
      'labels and annotations that people and their tools read',
      (of) => {
        for (const one of [of('DaemonSet', 'falco'), of('PodMonitor', 'falco'), of('PrometheusRule', 'alerts')]) {
          one.metadata.labels = { release: 'prometheus' };
          one.metadata.annotations = { 'example.com/cost-centre': '4711' };
        }
      },
    ],
    [
      'more room',
      daemon((s) => {
        Object.assign(s.containers[0].resources.limits, { memory: '8192Mi', 'ephemeral-storage': '1Gi' });
        Object.assign(s.containers[0].resources.requests, { cpu: '800m', memory: '2Gi' });
      }),
    ],
    ['a Secret from a store', beside('external-secrets.io/v1', 'ExternalSecret', 'falco-client-tls')],
    ['a certificate', beside('cert-manager.io/v1', 'Certificate', 'falco-client-tls')],
    ['an alert of their own', beside('monitoring.coreos.com/v1', 'PrometheusRule', 'more')],
  ])('%s', (_what, change) => {
    expect(written(change)).toEqual([]);
  });

  test('every form as it is made', () => {
    expect([written(() => {}), byOperator(() => {})]).toEqual([[], []]);
  });
});
