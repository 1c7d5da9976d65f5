import { Chart, App as PlainApp } from 'cdk8s';
import { wardenConfig } from '../contract';
import { contextOf } from '../lib/context';
import type { EnvironmentDeclaration } from '../lib/declaration';
import { Warden } from '../lib/warden';
import { changed, desk, openshiftDesk } from './support/desk';

// biome-ignore lint/suspicious/noExplicitAny: objects are read, not typed
type Any = any;
const objects = (declaration: EnvironmentDeclaration = desk()): Any[] => {
  const chart = new Chart(new PlainApp(), 'c');
  new Warden(chart, 'warden', contextOf(declaration));
  return chart.toJson();
};
const find = (all: Any[], kind: string, namespace?: string): Any =>
  all.find((o) => o.kind === kind && (namespace === undefined || o.metadata.namespace === namespace));
const configOf = (declaration?: EnvironmentDeclaration): Any =>
  JSON.parse(find(objects(declaration), 'ConfigMap').data['warden.json']);
const ENV = 'support-desk-test';
const CONTROL = `${ENV}-control`;

describe('GIVEN the warden of the support desk', () => {
  test('THEN there is never a second one beside it, and its image is the locked one', () => {
    const { spec } = find(objects(), 'Deployment');
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(spec.template.spec.containers.map((c: Any) => c.image)).toEqual([desk().images.images.warden]);
  });

  test('THEN its configuration satisfies the contract and names whom it may act on', () => {
    const config = configOf();
    expect(wardenConfig.parse(config)).toEqual(config);
    expect(config).toMatchObject({
      environment: ENV,
      listen: { https: 8443, back: 9443 },
      agents: {
        triage: {
          namespace: ENV,
          workload: { kind: 'Deployment', name: 'triage' },
          watched: true,
          identity: {
            source: { namespace: CONTROL, secret: 'agent-triage-tls' },
            target: { namespace: ENV, secret: 'triage-identity' },
          },
        },
      },
      alerts: { clientCa: '/etc/firepit/falco/ca.crt', environmentField: 'k8s.ns.name' },
      signals: { governor: `governor.${CONTROL}.svc`, approvals: `approvals.${CONTROL}.svc` },
      record: { namespace: CONTROL, configMap: 'containment' },
      limits: { releaseQuorum: 2 },
    });
  });

  test('THEN an agent whose isolation hides it is not expected to give signs of life', () => {
    const hidden = changed((d) => {
      d.agents.triage.isolation = { kind: 'kata' };
    });
    expect(configOf(hidden).agents.triage.watched).toBe(false);
  });

  test('THEN every file of its configuration is mounted, and the configuration is immutable and named by its content', () => {
    for (const declaration of [desk(), openshiftDesk(), desk({ state: { kind: 'bundled', size: '8Gi' } })]) {
      const all = objects(declaration);
      const { volumes, containers } = find(all, 'Deployment').spec.template.spec;
      const mounts = containers[0].volumeMounts as Any[];
      const files = (value: Any): string[] =>
        typeof value === 'string'
          ? /^\/(etc|var\/run)\/firepit\//.test(value)
            ? [value]
            : []
          : typeof value === 'object' && value !== null
            ? Object.values(value).flatMap(files)
            : [];
      for (const file of files(configOf(declaration))) {
        const mount = mounts.find((m) => file.startsWith(`${m.mountPath}/`));
        const volume = volumes.find((v: Any) => v.name === mount?.name);
        expect([file, mount?.readOnly, volume !== undefined]).toEqual([file, true, true]);
        const keys = volume.secret?.items?.map((i: Any) => i.path);
        if (keys !== undefined) expect(keys).toContain(file.slice(mount.mountPath.length + 1));
      }
      expect(mounts).toHaveLength(volumes.length);
      const config = find(all, 'ConfigMap');
      expect(config.immutable).toBe(true);
      expect(volumes.find((v: Any) => v.name === 'config').configMap.name).toBe(config.metadata.name);
    }
  });

  test('THEN it has a token of an hour for the API server, and no other', () => {
    const { spec } = find(objects(), 'Deployment').spec.template;
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(find(objects(), 'ServiceAccount').automountServiceAccountToken).toBe(false);
    const tokens = spec.volumes
      .flatMap((v: Any) => v.projected?.sources ?? [])
      .filter((s: Any) => s.serviceAccountToken);
    expect(tokens).toEqual([{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }]);
  });

  test('THEN Falco reaches it on one port, the governor and approvals on another', () => {
    expect(find(objects(), 'Service').spec.ports.map((p: Any) => [p.name, p.port])).toEqual([
      ['https', 8443],
      ['back', 9443],
    ]);
  });
});

describe('rights', () => {
  const rules = (namespace: string, declaration?: EnvironmentDeclaration): Any[] =>
    find(objects(declaration), 'Role', namespace).rules;
  /** What a set of rules allows: `verb resource/name`, with * for any name. */
  const rights = (all: Any[]): string[] =>
    all
      .flatMap((r) =>
        r.verbs.flatMap((v: string) =>
          r.resources.flatMap((s: string) =>
            (r.resourceNames ?? ['*']).map((n: string) => `${v} ${r.apiGroups[0]}:${s}/${n}`),
          ),
        ),
      )
      .sort();

  test('THEN it labels and deletes pods, scales declared agents and writes their identities; nothing else', () => {
    expect(rights(rules(ENV))).toEqual([
      'delete :pods/*',
      'get :pods/*',
      'get :secrets/triage-identity',
      'get apps:deployments/scale/triage',
      'get apps:deployments/triage',
      'list :pods/*',
      'patch :pods/*',
      'patch :secrets/triage-identity',
      'patch apps:deployments/scale/triage',
      'update :secrets/triage-identity',
      'watch :pods/*',
    ]);
  });
  test('THEN it writes its two records and reads leaf certificates; nothing else', () => {
    expect(rights(rules(CONTROL))).toEqual(
      [
        ...['get', 'list'].flatMap((verb) => ['ca-bundle', 'containment'].map((n) => `${verb} :configmaps/${n}`)),
        ...['get', 'list'].map((verb) => `${verb} :secrets/agent-triage-tls`),
        ...['patch', 'update', 'watch'].flatMap((verb) =>
          ['ca-bundle', 'containment'].map((n) => `${verb} :configmaps/${n}`),
        ),
        'watch :secrets/agent-triage-tls',
      ].sort(),
    );
  });
  test('THEN no rule has a wildcard, and Secrets are named one by one', () => {
    for (const rule of [...rules(ENV), ...rules(CONTROL)]) {
      expect([...rule.verbs, ...rule.resources, ...rule.apiGroups]).not.toContain('*');
      if (rule.resources.includes('secrets')) expect(rule.resourceNames.length).toBeGreaterThan(0);
    }
  });
  test('THEN its account alone is bound, in both namespaces', () => {
    const bindings = objects().filter(({ kind }) => kind === 'RoleBinding');
    expect(bindings.map((b) => b.metadata.namespace).sort()).toEqual([ENV, CONTROL]);
    for (const { subjects, roleRef } of bindings) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'warden', namespace: CONTROL }]);
      expect(roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'warden' });
    }
    expect(objects().some(({ kind }) => kind.startsWith('Cluster'))).toBe(false);
  });
});
