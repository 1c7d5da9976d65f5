import { ApiObject, App as Cdk8sApp, Chart, JsonPatch, Testing } from 'cdk8s';
import { AgentEnvironment, App, FirepitError, State, Suppression } from '../lib';
import { changed, desk, openshiftDesk } from './support/desk';
import { kind, objectsOf, only } from './support/environment';

describe('AgentEnvironment', () => {
  const objects = objectsOf(desk());
  const names = (k: string): string[] => kind(objects, k).map((o) => `${o.metadata.namespace}/${o.metadata.name}`);

  test('owns two namespaces and places one object outside them', () => {
    expect(kind(objects, 'Namespace').map((o) => o.metadata.name)).toEqual([
      'support-desk-test',
      'support-desk-test-control',
    ]);
    const outside = objects.filter(
      (o) => o.metadata.namespace !== undefined && !String(o.metadata.namespace).startsWith('support-desk-test'),
    );
    expect(outside.map((o) => `${o.kind} ${o.metadata.namespace}/${o.metadata.name}`)).toEqual([
      'ConfigMap firepit-system/falco-rules-support-desk-test',
    ]);
    for (const o of objects.filter((object) => object.metadata.namespace === undefined && object.kind !== 'Namespace'))
      expect(o.metadata.name).toMatch(/^support-desk-test-/);
  });

  test('has the parts of the control plane, and nothing else runs', () => {
    expect([...names('Deployment'), ...names('StatefulSet')].sort()).toEqual(
      ['gateway', 'governor', 'approvals', 'warden', 'ledger']
        .map((part) => `support-desk-test-control/${part}`)
        .concat('support-desk-test/triage')
        .sort(),
    );
    expect(kind(objects, 'Pod').concat(kind(objects, 'Job'), kind(objects, 'DaemonSet'))).toEqual([]);
  });

  test('every object says what it is for, and who made it', () => {
    for (const o of objects) {
      expect(o.metadata.annotations?.['firepit.dev/purpose']).toMatch(/\S{3}/);
      expect(o.metadata.labels?.['firepit.dev/environment']).toBe('support-desk-test');
    }
  });

  test('what uses the example images says so, and only that', () => {
    const marked = objects
      .filter((o) => o.metadata.annotations?.['firepit.dev/example-images'] === 'true')
      .map((o) => `${o.kind} ${o.metadata.name}`);
    expect(marked.filter((m) => m.startsWith('Deployment')).length).toBe(5);
    expect(marked).toContain('ValidatingAdmissionPolicy support-desk-test-control-pods');
    expect(marked).not.toContain('NetworkPolicy gateway');
    const released = objectsOf(changed((d) => delete d.images.example));
    expect(released.filter((o) => o.metadata.annotations?.['firepit.dev/example-images'] !== undefined)).toEqual([]);
  });

  test('a missing Secret keeps pods closed: no secret data in the manifests', () => {
    for (const secret of kind(objects, 'Secret')) {
      expect(secret.data).toBeUndefined();
      expect(secret.stringData).toBeUndefined();
    }
  });

  test("bundled state brings a database; a team's own does not", () => {
    const reads = changed((d) => {
      d.state = State.bundled();
      d.agents.triage = { ...d.agents.triage, tools: ['crm.customer'], needsApproval: [], sequence: [] };
    });
    expect(only(objectsOf(reads), 'StatefulSet', 'postgres').spec.template.spec.containers[0].image).toContain(
      '/postgres@sha256:',
    );
    expect(kind(objects, 'StatefulSet').map((o) => o.metadata.name)).toEqual(['ledger']);
  });

  test('gVisor and Kata set the RuntimeClass, write no Falco rules and say so', () => {
    const gvisor = objectsOf(changed((d) => (d.agents.triage.isolation = { kind: 'gvisor' })));
    const pod = only(gvisor, 'Deployment', 'triage').spec.template.spec;
    expect(pod.runtimeClassName).toBe('gvisor');
    expect(pod.hostUsers).toBeUndefined();
    expect(gvisor.filter((o) => o.metadata.namespace === 'firepit-system')).toEqual([]);
    const plain = only(objects, 'Deployment', 'triage').spec.template.spec;
    expect(plain.hostUsers).toBe(false);
    expect(plain.runtimeClassName).toBeUndefined();
  });

  test('OpenShift: no fixed users, Routes instead of HTTPRoutes, AdminNetworkPolicy, reserved address', () => {
    const openshift = objectsOf(openshiftDesk());
    const text = JSON.stringify(openshift.filter((o) => ['Deployment', 'StatefulSet'].includes(o.kind)));
    expect(text).not.toMatch(/"(runAsUser|runAsGroup|fsGroup)"/);
    expect(kind(openshift, 'Route').map((o) => o.spec.tls.termination)).toEqual(['passthrough', 'passthrough']);
    expect(kind(openshift, 'HTTPRoute')).toEqual([]);
    expect(kind(openshift, 'AdminNetworkPolicy').length).toBe(1);
    expect(kind(openshift, 'ClusterNetworkPolicy')).toEqual([]);
    expect(kind(openshift, 'MutatingAdmissionPolicy')).toEqual([]);
    expect(only(openshift, 'Service', 'gateway').spec.clusterIP).toBe('172.30.200.10');
    expect(only(openshift, 'Deployment', 'triage').spec.template.spec.hostAliases).toEqual([
      { ip: '172.30.200.10', hostnames: ['gateway.support-desk-test-control.svc'] },
    ]);
    expect(JSON.stringify(only(openshift, 'NetworkPolicy', 'gateway').spec)).toContain('openshift-dns');
    expect(JSON.stringify(only(objects, 'NetworkPolicy', 'gateway').spec)).toContain('kube-system');
    expect(JSON.stringify(objects)).toMatch(/"runAsUser"/);
  });

  test('a declaration is checked again however it came here', () => {
    const tagged = changed((d) => (d.agents.triage.image = 'registry.example.com/agents/triage:latest'));
    expect(() => new AgentEnvironment(new App(), tagged)).toThrow(/agents\.triage\.image/);
    expect(() => new AgentEnvironment(new Cdk8sApp(), tagged)).toThrow(/agents\.triage\.image/);
  });

  test('synthesizing twice gives the same objects', () => {
    expect(objectsOf(desk())).toEqual(objects);
  });
});

describe('the minimum bar guards every way to synthesize', () => {
  const widened = (app: Cdk8sApp): AgentEnvironment => {
    const env = new AgentEnvironment(app, desk());
    new ApiObject(env, 'reopened', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'debug', namespace: 'support-desk-test' },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    });
    return env;
  };

  test('a plain cdk8s App refuses what was added by hand', () => {
    expect(() => Testing.synth(new AgentEnvironment(new Cdk8sApp(), desk()))).not.toThrow();
    const app = new Cdk8sApp({ outdir: 'unused' });
    widened(app);
    expect(() => app.synth()).toThrow(/agents-have-one-neighbour/);
  });

  test('what stands beside the environment in another chart is judged with it', () => {
    const app = new Cdk8sApp({ outdir: 'unused' });
    const env = new AgentEnvironment(app, desk());
    expect(env.check().findings).toEqual([]);
    new ApiObject(new Chart(app, 'beside'), 'reopened', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'debug', namespace: 'support-desk-test' },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    });
    expect(env.check().findings.map(({ rule }) => rule)).toContain('agents-have-one-neighbour');
    expect(() => app.synth()).toThrow(/agents-have-one-neighbour/);
  });

  test('our App refuses it too, and a JSON patch as well', () => {
    const app = new App({ outdir: 'unused' });
    widened(app);
    expect(() => app.synth()).toThrow(FirepitError);
    const patched = new App({ outdir: 'unused' });
    const env = new AgentEnvironment(patched, desk());
    const triage = env.node
      .findAll()
      .find((n): n is ApiObject => ApiObject.isApiObject(n) && n.kind === 'Deployment' && n.name === 'triage');
    triage?.addJsonPatch(JsonPatch.replace('/spec/template/spec/containers/0/securityContext/privileged', true));
    expect(() => patched.synth()).toThrow(/containers-are-confined/);
  });

  test('a suppression in force lets it pass and is written where an auditor looks', () => {
    const rule = 'agents-have-one-neighbour';
    const finding = (() => {
      const app = new App({ outdir: 'unused' });
      return widened(app)
        .check()
        .findings.filter((f) => f.rule === rule)[0];
    })();
    expect(finding).toBeDefined();
    const suppressed = desk({
      suppressions: [
        Suppression.of({
          rule,
          object: finding?.object ?? '',
          reason: 'a debugging session agreed with security',
          owner: 'support-platform',
          expires: '2999-12-31',
        }),
      ],
    });
    const app = new App({ outdir: 'unused' });
    const env = new AgentEnvironment(app, suppressed);
    new ApiObject(env, 'reopened', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'debug', namespace: 'support-desk-test' },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    });
    expect(env.check().findings.filter((f) => f.rule === rule && f.object === finding?.object)).toEqual([]);
    expect(
      only(env.objects(), 'Namespace', 'support-desk-test').metadata.annotations['firepit.dev/suppressions'],
    ).toContain('agreed with security');
  });

  test('a suppression that expired, or matches nothing, is itself refused', () => {
    for (const expires of ['2020-01-01', '2999-12-31']) {
      const declaration = desk({
        suppressions: [
          Suppression.of({
            rule: 'images-are-pinned',
            object: 'Deployment support-desk-test/nothing',
            reason: 'a reason that is long enough to be read',
            owner: 'nobody',
            expires,
          }),
        ],
      });
      expect(new AgentEnvironment(new App(), declaration).check().findings.length).toBeGreaterThan(0);
    }
  });
});
