import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from '../../../cluster';
import { until } from '../../../cluster/until';
import { type BenchEnvironment, bench, DEPLOYER, onOwnCluster } from '../environment';

const MINUTES = 60_000;
const WARDEN = '--as=system:serviceaccount:bench-control:warden';
const byPolicy = (name: string) => expect.stringContaining(`ValidatingAdmissionPolicy 'bench-${name}'`);

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  let bystander: Live;

  const pods = (agent: string): Live[] => cluster.get('pods', '-n', 'bench', '-l', `firepit.dev/agent=${agent}`).items;
  const asWarden = (...args: readonly string[]): string => cluster.kubectl([...args, WARDEN]).out;
  const replicas = (n: number): string => JSON.stringify({ spec: { replicas: n } });
  const scale = (n: number, ...as: readonly string[]): string =>
    cluster.kubectl([
      ...['patch', 'deployment', 'triage', '-n', 'bench', '--subresource=scale', '--type=merge', '-p', replicas(n)],
      ...as,
    ]).out;
  const record = (value: string | null): string =>
    asWarden(
      ...['patch', 'configmap', 'containment', '-n', 'bench-control', '--type=merge'],
      ...['-p', JSON.stringify({ data: { triage: value } })],
    );
  /** What controllers were told, since a moment, about pods of triage. */
  const refusals = (kind: string): string[] =>
    cluster
      .get('events', '-n', 'bench', '--field-selector', `reason=FailedCreate,involvedObject.kind=${kind}`)
      .items.map(({ message }: Live) => message);
  const forget = (): unknown => cluster.kubectl(['delete', '--raw', '/api/v1/namespaces/bench/events']);
  /** Asks an agent as the gateway does: mutual TLS to its sidecar, over the pod's address. */
  const serves = (agent: string): boolean => {
    const [pod] = pods(agent).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const address = `${agent}.bench.svc:8443:${pod?.status.podIP ?? '192.0.2.1'}`;
    const keys = (file: string): string => join(cluster.folder ?? '', 'keys', 'gateway', file);
    const { ok, out } = cluster.within('curl', [
      ...['--silent', '--fail', '--max-time', '5', '--resolve', address, '--cacert', keys('ca.crt')],
      ...['--cert', keys('tls.crt'), '--key', keys('tls.key'), `https://${agent}.bench.svc:8443/hello`],
    ]);
    return ok && out.includes('stand-in of an agent: GET /hello');
  };

  beforeAll(async () => {
    environment = await bench(cluster);
    const folder = join(cluster.folder ?? '', 'keys', 'gateway');
    mkdirSync(folder, { recursive: true });
    const { data } = cluster.get('secret', 'gateway-tls', '-n', 'bench-control');
    for (const [file, text] of Object.entries(data as Record<string, string>))
      writeFileSync(join(folder, file), Buffer.from(text, 'base64'), { mode: 0o600 });
    [bystander] = pods('clerk');
  }, 10 * MINUTES);

  /** Everything that decides about new things goes away; what is asked below must not need it. */
  beforeAll(async () => {
    await environment.ground.kyverno.crash();
    await environment.ground.registry.goAway();
    cluster.kubectl(['scale', 'deployment', 'governor', '-n', 'bench-control', '--replicas=0', ...DEPLOYER]);
    await until(
      'the governor is gone',
      () => cluster.get('pods', '-n', 'bench-control', '-l', 'firepit.dev/component=governor').items.length === 0,
    );
  }, 5 * MINUTES);

  afterAll(async () => {
    if (environment === undefined) return;
    record(null);
    await environment.ground.registry.comeBack();
    await environment.ground.kyverno.back();
    environment.apply('--force-conflicts');
    await environment.ready();
  }, 8 * MINUTES);

  test('both agents serve, with Kyverno, registry and governor down', () => {
    expect([serves('triage'), serves('clerk')]).toEqual([true, true]);
  });

  test('quarantine: the label goes on, and nobody but the warden takes it off', () => {
    const [pod] = pods('triage');
    const label = (value: string, ...as: readonly string[]): string =>
      cluster.kubectl(['label', 'pod', pod.metadata.name, '-n', 'bench', `firepit.dev/quarantine${value}`, ...as]).out;
    expect(label('=true', WARDEN)).toContain('labeled');
    expect(label('-', ...DEPLOYER)).toEqual(byPolicy('quarantine-label'));
    expect(pods('triage')[0].metadata.labels['firepit.dev/quarantine']).toBe('true');
  });

  test('hold, then delete: no new pod comes, whatever its controller tries', async () => {
    expect(record('{"version":1}')).toContain('patched');
    const [pod] = pods('triage');
    expect(asWarden('delete', 'pod', pod.metadata.name, '-n', 'bench', '--wait=false')).toContain('deleted');
    await until('the pod is gone', () => !pods('triage').some(({ metadata }) => metadata.uid === pod.metadata.uid));
    await until('its controller is refused', () => refusals('ReplicaSet').some((m) => m.includes('bench-containment')));
    expect(pods('triage')).toEqual([]);
  });

  test('its identity is taken back', async () => {
    await until(
      'the identity is empty',
      () => Object.keys(cluster.get('secret', 'triage-identity', '-n', 'bench').data ?? {}).length === 0,
    );
    expect(Object.keys(cluster.get('secret', 'clerk-identity', '-n', 'bench').data)).toHaveLength(3);
  });

  test('suspend: the workload goes to zero', async () => {
    expect(scale(0, WARDEN)).toContain('patched');
    await until('nothing is wanted', () => cluster.get('deployment', 'triage', '-n', 'bench').spec.replicas === 0);
  });

  test('an autoscaler that restores replicas gets no pod', async () => {
    forget();
    const at = '/apis/apps/v1/namespaces/bench/deployments/triage/scale';
    const wanted = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'triage', namespace: 'bench' } };
    const restored = cluster.kubectl(
      ['replace', '--raw', at, '-f', '-', '--as=system:serviceaccount:kube-system:horizontal-pod-autoscaler'],
      JSON.stringify({ ...wanted, spec: { replicas: 2 } }),
    );
    expect(restored).toMatchObject({ ok: true });
    await until('it is refused', () => refusals('ReplicaSet').some((m) => m.includes('bench-containment')));
    expect(pods('triage')).toEqual([]);
  });

  test('a Job gets no pod of it either', async () => {
    const { spec, metadata } = environment.pod('triage');
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'triage', namespace: 'bench' },
      spec: {
        backoffLimit: 6,
        template: { metadata: { labels: metadata.labels }, spec: { ...spec, restartPolicy: 'Never' } },
      },
    };
    expect(cluster.kubectl(['create', '-f', '-', ...DEPLOYER], stringify(job)).out).toContain('created');
    await until('it is refused', () => refusals('Job').some((m) => m.includes('bench-containment')));
    expect(pods('triage')).toEqual([]);
    expect(asWarden('delete', 'job', 'triage', '-n', 'bench')).toContain('forbidden');
    cluster.kubectl(['delete', 'job', 'triage', '-n', 'bench', ...DEPLOYER]);
  });

  test('applying the manifests again releases nothing', async () => {
    forget();
    // Kyverno itself judges signature policies, and it is down: that one object waits, everything else is applied.
    const { out } = environment.applied('--force-conflicts');
    const errors = out.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied'));
    expect(errors).toEqual([expect.stringContaining('failed calling webhook "validate-policy.kyverno.svc"')]);
    expect(cluster.get('deployment', 'triage', '-n', 'bench').spec.replicas).toBe(1);
    expect(cluster.get('configmap', 'containment', '-n', 'bench-control').data).toEqual({ triage: '{"version":1}' });
    await until('its controller is refused', () => refusals('ReplicaSet').some((m) => m.includes('bench-containment')));
    expect(pods('triage')).toEqual([]);
  });

  test('nobody but the warden writes the record', () => {
    const patch = ['patch', 'configmap', 'containment', '-n', 'bench-control', '--type=merge', '-p'];
    const release = JSON.stringify({ data: { triage: null } });
    expect(cluster.kubectl([...patch, release, ...DEPLOYER]).out).toEqual(byPolicy('containment-record'));
  });

  test('the other agent served all along', () => {
    const [now] = pods('clerk');
    expect(now.metadata.uid).toBe(bystander.metadata.uid);
    const restarts = (pod: Live): number[] =>
      [...pod.status.initContainerStatuses, ...pod.status.containerStatuses].map((c: Live) => c.restartCount);
    expect(restarts(now)).toEqual(restarts(bystander));
    expect(serves('clerk')).toBe(true);
  });

  test(
    'released by the warden, it runs again when everything is back',
    async () => {
      await environment.ground.registry.comeBack();
      await environment.ground.kyverno.back();
      expect(record(null)).toContain('patched');
      // Its controller was refused often and waits long before it tries again: that replicas change wakes it.
      scale(0, ...DEPLOYER);
      environment.apply('--force-conflicts');
      await environment.ready();
      await until('it serves', () => serves('triage'));
    },
    8 * MINUTES,
  );
};

onOwnCluster('containment on a real cluster', suite);
