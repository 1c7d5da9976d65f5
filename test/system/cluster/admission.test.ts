import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ApiServer } from './api-server';
import { prepared } from './prepared';
import { until } from './process';

const GOLDEN = join(__dirname, '../../golden');

/** Every object of a golden tree, in its written order. */
const filesOf = (name: string): string[] =>
  readdirSync(join(GOLDEN, name), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.yaml') && f !== 'kustomization.yaml')
    .sort()
    .map((f) => readFileSync(join(GOLDEN, name, f), 'utf8'));

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

let api: ApiServer;
const environment = 'support-desk-dev';
const apply = (documents: readonly string[], server = api) =>
  server.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], documents.join('\n---\n'));

beforeAll(async () => {
  api = await prepared();
}, 180_000);

afterAll(async () => {
  await api?.stop();
}, 60_000);

describe('a real API server takes every environment', () => {
  test.each(['support-desk-dev', 'support-desk-staging', 'support-desk-prod'])(
    '%s: in written order, at the first pass, without a warning',
    (name) => {
      const first = apply(filesOf(name));
      expect(first.out.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied'))).toEqual([]);
      expect(first.warnings).toEqual([]);
      expect(first.ok).toBe(true);
    },
  );

  test('applying again changes nothing', () => {
    const versions = (): string[] => {
      const { stdout } = api.kubectl(['get', '-f', '-', '-o', 'json'], filesOf(environment).join('\n---\n'));
      // Controllers go on writing what they observe; what was applied must stand as it stood.
      return JSON.parse(stdout).items.map(({ status: _status, metadata, ...object }: Live) => {
        const { resourceVersion: _version, managedFields: _fields, ...stays } = metadata;
        const { 'deployment.kubernetes.io/revision': _revision, ...annotations } = metadata.annotations ?? {};
        return JSON.stringify({ ...object, metadata: { ...stays, annotations } });
      });
    };
    const before = versions();
    expect(apply(filesOf(environment)).ok).toBe(true);
    expect(versions()).toEqual(before);
  });

  test('no expression of an admission policy is doubted by the type checker', async () => {
    const policies = () => api.get('validatingadmissionpolicies').items;
    await until('expressions are checked', () =>
      policies().every((p: Live) => p.status?.observedGeneration === p.metadata.generation),
    );
    expect(policies().flatMap((p: Live) => p.status.typeChecking?.expressionWarnings ?? [])).toEqual([]);
  });
});

describe('a server with the addresses of OpenShift takes the environment for it', () => {
  test('support-desk-openshift: in written order, at the first pass, without a warning', async () => {
    const server = await prepared('172.30.0.0/16');
    try {
      const first = apply(filesOf('support-desk-openshift'), server);
      expect(first.out.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied'))).toEqual([]);
      expect(first.ok).toBe(true);
      expect(server.get('service', 'gateway', '-n', 'support-desk-openshift-control').spec.clusterIP).toBe(
        '172.30.200.10',
      );
    } finally {
      await server.stop();
    }
  }, 180_000);
});

describe('admission lets the declared in and keeps the rest out', () => {
  const triage = () => parse(filesOf(environment).find((t) => /kind: Deployment[\s\S]*name: triage\n/.test(t)) ?? '');
  type Pod = Live;
  const pod = (change: (pod: Pod) => void = () => undefined): string => {
    const { metadata, spec } = triage().spec.template;
    const made = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'probe', namespace: environment },
      spec,
    };
    change(made);
    return stringify(made);
  };
  const names = `${environment}-images`;
  const webhooks = (path: string): string =>
    stringify({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'kyverno-resource-validating-webhook-cfg' },
      webhooks: [
        {
          name: 'ivpol.validate.kyverno.svc-fail',
          failurePolicy: 'Fail',
          sideEffects: 'NoneOnDryRun',
          admissionReviewVersions: ['v1'],
          clientConfig: { service: { name: 'kyverno', namespace: 'kyverno', path } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    });
  /** Admission only: what passes the policies reaches the webhook, which nobody answers here. */
  const ask = (text: string, ...as: string[]): string =>
    api.kubectl(['create', '--dry-run=server', '-f', '-', ...as], text).out;
  const refusedBy = (policy: string) => expect.stringContaining(`ValidatingAdmissionPolicy '${environment}-${policy}'`);
  const PASSED = expect.stringContaining('failed calling webhook "ivpol.validate.kyverno.svc-fail"');

  test('while the signature check is away, agent pods are refused and the control plane restarts', async () => {
    await until('the guard is in force', () => ask(pod()).includes(`${environment}-signature-check'`));
    expect(ask(pod())).toEqual(refusedBy('signature-check'));
    expect(api.get('pods', '-n', `${environment}-control`).items.length).toBeGreaterThan(0);
  });

  test('with the check in force the declared pod passes every policy', async () => {
    expect(apply([webhooks(`/ivpol/validate/${names}`)]).ok).toBe(true);
    await until('the guard sees the webhook', () => !ask(pod()).includes('signature-check'));
    expect(ask(pod())).toEqual(PASSED);
  });

  test('each weakened pod is refused, by the policy meant to', () => {
    const cases: [string, string, (p: Pod) => void][] = [
      ['a label that policies select is gone', 'agent-pods', (p) => delete p.metadata.labels['firepit.dev/component']],
      ['an unknown agent', 'agent-pods', (p) => (p.metadata.labels['firepit.dev/agent'] = 'other')],
      [
        'another image',
        'agent-pods',
        (p) => (p.spec.containers[0].image = `registry.example.com/other@sha256:${'ab12'.repeat(16)}`),
      ],
      ['another sidecar', 'agent-pods', (p) => (p.spec.initContainers[0].image = p.spec.containers[0].image)],
      ['no sidecar', 'agent-pods', (p) => delete p.spec.initContainers],
      [
        'another command for the sidecar',
        'agent-pods',
        (p) => (p.spec.initContainers[0].args = ['--config-yaml', '{}']),
      ],
      ['a second container', 'agent-pods', (p) => p.spec.containers.push({ ...p.spec.containers[0], name: 'second' })],
      ['a mounted token', 'agent-pods', (p) => (p.spec.automountServiceAccountToken = true)],
      ["another pod's account", 'agent-pods', (p) => (p.spec.serviceAccountName = 'default')],
      [
        'the identity in the agent',
        'agent-pods',
        (p) =>
          p.spec.containers[0].volumeMounts.push({
            name: p.spec.volumes.find((v: Pod) => v.secret).name,
            mountPath: '/stolen',
          }),
      ],
      ['a foreign Secret', 'agent-pods', (p) => p.spec.volumes.push({ name: 'x', secret: { secretName: 'database' } })],
      [
        'a token for the API server',
        'agent-pods',
        (p) => p.spec.volumes.push({ name: 'x', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      ],
      [
        'the environment from a Secret',
        'agent-pods',
        (p) => p.spec.containers[0].env.push({ name: 'X', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }),
      ],
      ["the node's users", 'agent-pods', (p) => delete p.spec.hostUsers],
      ['a foreign host alias', 'gateway-address-only', (p) => (p.spec.dnsPolicy = 'ClusterFirst')],
      [
        'a model that is not on the list',
        'models',
        (p) =>
          p.spec.volumes.push({
            name: 'model',
            image: { reference: `registry.example.com/models/x@sha256:${'ab12'.repeat(16)}` },
          }),
      ],
      ['a finalizer', 'prompt-end', (p) => (p.metadata.finalizers = ['example.com/stay'])],
      ['an hour to stop', 'prompt-end', (p) => (p.spec.terminationGracePeriodSeconds = 3600)],
    ];
    const answers = cases.map(([what, policy, change]) => [what, policy, ask(pod(change))] as const);
    for (const [what, policy, answer] of answers) expect([what, answer]).toEqual([what, refusedBy(policy)]);
  });

  test('Pod Security refuses privilege, whatever else is right', () => {
    for (const change of [
      (p: Pod) =>
        Object.assign(p.spec.containers[0].securityContext, { privileged: true, allowPrivilegeEscalation: true }),
      (p: Pod) => (p.spec.containers[0].ports = [{ containerPort: 8080, hostPort: 8080 }]),
      (p: Pod) => p.spec.volumes.push({ name: 'host', hostPath: { path: '/' } }),
      (p: Pod) => delete p.spec.containers[0].securityContext.capabilities,
    ])
      expect(ask(pod(change))).toContain('violates PodSecurity "restricted:v1.36"');
  });

  test('a namespace administrator cannot change what governs; a deployer can', () => {
    api.kubectl([
      'create',
      'rolebinding',
      'admins',
      '--clusterrole=cluster-admin',
      '--user=mallory',
      '-n',
      environment,
      '--dry-run=none',
    ]);
    api.kubectl([
      'create',
      'rolebinding',
      'deployers',
      '--clusterrole=cluster-admin',
      '--group=platform-engineers',
      '-n',
      environment,
    ]);
    const reopening = stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'reopened', namespace: environment },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    });
    expect(ask(reopening, '--as=mallory')).toEqual(refusedBy('controls'));
    expect(ask(reopening, '--as=ada', '--as-group=platform-engineers', '--as-group=system:authenticated')).toContain(
      'created (server dry run)',
    );
    const budget = stringify({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'never', namespace: environment },
      spec: { maxUnavailable: 0, selector: {} },
    });
    expect(ask(budget, '--as=mallory')).toEqual(refusedBy('controls'));
    const secret = stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'handy', namespace: environment },
      stringData: { key: 'x' },
    });
    expect(ask(secret, '--as=mallory')).toEqual(refusedBy('no-data-in-secrets'));
    expect(api.kubectl(['create', 'token', 'triage', '-n', environment, '--as=mallory']).out).toEqual(
      refusedBy('tokens'),
    );
    expect(
      api.kubectl(['delete', 'networkpolicy', 'default-deny', '-n', environment, '--as=mallory', '--dry-run=server'])
        .out,
    ).toEqual(refusedBy('controls'));
  });

  test('only the warden writes the containment record', () => {
    const patch = (...as: string[]) =>
      api.kubectl([
        'patch',
        'configmap',
        'containment',
        '-n',
        `${environment}-control`,
        '--dry-run=server',
        '--type=merge',
        '-p',
        '{"data":{"triage":"{}"}}',
        ...as,
      ]).out;
    api.kubectl([
      'create',
      'rolebinding',
      'deployers',
      '--clusterrole=cluster-admin',
      '--group=platform-engineers',
      '-n',
      `${environment}-control`,
    ]);
    expect(patch('--as=ada', '--as-group=platform-engineers', '--as-group=system:authenticated')).toEqual(
      refusedBy('containment-record'),
    );
    expect(patch(`--as=system:serviceaccount:${environment}-control:warden`)).toContain('patched');
  });

  test('a pod with a foreign image is refused in the control namespace', () => {
    const governor = parse(
      filesOf(environment).find((t) => /kind: Deployment[\s\S]*\n {2}name: governor\n/.test(t)) ?? '',
    ).spec.template;
    const made = (change: (p: Pod) => void): string => {
      const p = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...governor.metadata, name: 'probe', namespace: `${environment}-control` },
        spec: structuredClone(governor.spec),
      };
      change(p);
      return stringify(p);
    };
    expect(ask(made(() => undefined))).not.toContain('control-pods');
    expect(
      ask(made((p) => (p.spec.containers[0].image = `registry.example.com/firepit/other@sha256:${'ab12'.repeat(16)}`))),
    ).toEqual(refusedBy('control-pods'));
    expect(ask(made((p) => delete p.metadata.labels))).toEqual(refusedBy('control-pods'));
  });
});

describe('deletion leaves nothing', () => {
  test('both namespaces and every cluster object go', async () => {
    const name = 'support-desk-staging';
    api.kubectl(['delete', '-f', '-', '--wait=false', '--ignore-not-found'], filesOf(name).reverse().join('\n---\n'));
    await until(
      'the namespaces are gone',
      () => !api.kubectl(['get', 'namespace', name]).ok && !api.kubectl(['get', 'namespace', `${name}-control`]).ok,
    );
    for (const kind of [
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'clusterrolebindings',
    ])
      expect(api.get(kind, '-l', `firepit.dev/environment=${name}`).items).toEqual([]);
  }, 180_000);
});
