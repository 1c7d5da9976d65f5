import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { kubernetes } from '../../../apps/shared/platforms';
import { until } from '../../../cluster/until';
import { AgentEnvironment, App, ClusterFoundation, type EnvironmentDeclaration } from '../../../lib';
import { filesOf, synthesize } from '../../../lib/synth/driver';
import { desk } from '../../support/desk';
import { foundationOf } from '../../support/foundation';
import { LARGE, large } from '../../support/large';
import { contracts } from '../../support/own-models';
import type { ApiServer } from '../cluster/api-server';
import { prepared } from '../cluster/prepared';

const written = (make: (app: App) => unknown): string => {
  const app = new App({ outdir: 'unused' });
  make(app);
  return [...filesOf(synthesize(app))]
    .filter(([path]) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text)
    .join('\n---\n');
};
const environment = (declaration: EnvironmentDeclaration): string =>
  written((app) => new AgentEnvironment(app, declaration));
const asking = (name: string): EnvironmentDeclaration => desk({ name, platform: { ...kubernetes, foundation: true } });
/** An environment with models of its own, asked by a portal of the cluster. */
const billing = environment(contracts({ name: 'billing', platform: { ...kubernetes, foundation: true } }));
const foundation = written((app) => new ClusterFoundation(app, foundationOf()));

let server: ApiServer;
beforeAll(async () => {
  server = await prepared();
}, 240_000);
afterAll(async () => {
  await server?.stop();
}, 60_000);

const apply = (yaml: string, ...more: string[]) =>
  server.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-', ...more], yaml);
/** What the API server says to an object, as it would be created; nothing is. */
const ask = (object: object): string =>
  server.kubectl(['create', '--dry-run=server', '-f', '-'], stringify(object)).out;
const pod = (namespace: string, labels: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'any', namespace, labels },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'any', image: 'registry.example.com/any:1' }] },
});
/** The same, as Pod Security `restricted` wants it. */
const restricted = (namespace: string, labels: object) => {
  const { spec, ...rest } = pod(namespace, labels);
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  return {
    ...rest,
    spec: {
      ...spec,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: spec.containers.map((container) => ({ ...container, securityContext })),
    },
  };
};
const namespace = (name: string, environment: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'firepit.dev/environment': environment } },
});

describe('one cluster, its foundation, and environments side by side', () => {
  test('the API server takes the foundation, every field of it, and again without a change', async () => {
    const first = apply(foundation);
    expect(first.ok ? '' : first.out).toBe('');
    expect(apply(foundation).ok).toBe(true);
  }, 120_000);

  test('its catch-all compiles, and refuses what no environment can', async () => {
    server.kubectl(['create', 'serviceaccount', 'default', '-n', 'default']);
    await until(
      'the catch-all is in force',
      () => ask(namespace('stranger', 'stranger')).includes('does not know'),
      60,
    );
    expect(ask(namespace('stranger', 'stranger'))).toContain(
      'the foundation of this cluster does not know the environment "stranger"',
    );
    expect(ask(namespace('elsewhere', 'billing'))).toContain('is in its namespaces; found elsewhere');
    expect(ask(pod('default', { 'firepit.dev/environment': 'billing', 'firepit.dev/agent': 'a' }))).toContain(
      'is in its namespaces; found default',
    );
    expect(ask(pod('default', { 'firepit.dev/agent': 'a' }))).toContain('does not know the environment ""');
    expect(ask(pod('default', { app: 'any' }))).toContain('created');
    for (const name of ['billing', 'billing-control', 'billing-models'])
      expect(ask(namespace(name, 'billing'))).toContain('created');
    expect(ask(namespace('billing-others', 'billing'))).toContain('is in its namespaces; found billing-others');
    expect(ask(namespace('billing-proof-ab12', 'billing-proof-ab12'))).toContain('created');
    const exception = (name: string) => ({
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'PolicyException',
      metadata: { name: 'any', namespace: 'default' },
      spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name }] },
    });
    expect(ask(exception('bill*'))).toContain('no exception from a policy of a governed environment');
    expect(ask(exception('somebody-elses'))).toContain('created');
  }, 120_000);

  test('nothing but Falco runs in its namespace', () => {
    expect(ask({ ...pod('firepit-system', {}) })).toContain('by the digests that the foundation declares');
  });

  test('two different environments are taken beside each other, and a third that it does not know is not', async () => {
    for (const known of [environment(asking('support-desk-prod')), billing]) {
      const { ok, out } = apply(known);
      expect(ok ? '' : out).toBe('');
    }
    const third = apply(environment(asking('stranger')));
    expect(third.ok).toBe(false);
    expect(third.out).toContain('does not know the environment "stranger"');
  }, 240_000);

  test('agents and models start where the foundation knows their environment, and nowhere without it', async () => {
    // Kubernetes tells one refusal of many, so this policy is asked alone.
    const binding = billing
      .split('\n---\n')
      .filter(
        (text) => /^kind: ValidatingAdmissionPolicyBinding$/m.test(text) && text.includes('name: billing-foundation'),
      );
    expect(binding).toHaveLength(1);
    server.kubectl(['delete', 'validatingadmissionpolicybinding', '-l', 'firepit.dev/environment=billing']);
    expect(apply(binding[0] as string).ok).toBe(true);
    const missedIn = (place: string): boolean =>
      ask(restricted(place, { 'firepit.dev/environment': 'billing' })).includes('billing-foundation');
    const places = ['billing', 'billing-models'];
    const missed = (): boolean => places.every(missedIn);
    const enough = (): boolean => !places.some(missedIn);
    await until('the foundation that is there is enough', enough, 60);
    server.kubectl(['delete', 'validatingadmissionpolicy', 'firepit-system-catch-all']);
    await until('the foundation is missed', missed, 60);
    expect(apply(foundation).ok).toBe(true);
    await until('the foundation is back', enough, 60);
  }, 240_000);

  test('a large environment is below every limit: sizes, number and cost of expressions', () => {
    const { ok, out } = apply(environment(large(LARGE, 'billing')), '--dry-run=server', '--force-conflicts');
    expect(ok ? '' : out).toBe('');
  }, 240_000);
});
