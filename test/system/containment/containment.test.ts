import { stringify } from 'yaml';
import type { Cluster } from '../../../cluster';
import { ownProgram } from '../../../cluster/own-program';
import { until } from '../../../cluster/until';
import { PORT } from '../../../lib/names';
import { LONG } from '../../support/random';
import { Caller } from '../caller';
import { processesOf } from '../control-point/pod-thief';
import { type BenchEnvironment, bench, DEPLOYER, onOwnCluster } from '../environment';

const MINUTES = 60_000;
const WARDEN = '--as=system:serviceaccount:bench-control:warden';
const byPolicy = (name: string) => expect.stringContaining(`ValidatingAdmissionPolicy 'bench-${name}'`);

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  let caller: Caller;
  let bystander: Live;
  /** Jobs that the clock had made when it was told to make no more. */
  let started: readonly string[] = [];

  const pods = (agent: string): Live[] => caller.pods(agent);
  const asWarden = (...args: readonly string[]): string => cluster.kubectl([...args, WARDEN]).out;
  const replicas = (n: number): string => JSON.stringify({ spec: { replicas: n } });
  const scale = (n: number, ...as: readonly string[]): string =>
    cluster.kubectl([
      ...['patch', 'deployment', 'triage', '-n', 'bench', '--subresource=scale', '--type=merge', '-p', replicas(n)],
      ...as,
    ]).out;
  const record = (value: string | null, ...agents: readonly string[]): string =>
    asWarden(
      ...['patch', 'configmap', 'containment', '-n', 'bench-control', '--type=merge'],
      ...['-p', JSON.stringify({ data: Object.fromEntries(agents.map((agent) => [agent, value])) })],
    );
  const suspend = (suspended: boolean, object: string, ...as: readonly string[]): string =>
    cluster.kubectl([
      ...['patch', object, '-n', 'bench', '--type=merge', '-p', JSON.stringify({ spec: { suspend: suspended } })],
      ...as,
    ]).out;
  const label = (pod: string, value: string, ...as: readonly string[]): string =>
    cluster.kubectl(['label', 'pod', pod, '-n', 'bench', `firepit.dev/quarantine${value}`, ...as]).out;
  /** Why a Job ended in this way; undefined while it has not. */
  const ended = (job: string, how: 'Complete' | 'Failed'): string | undefined =>
    (cluster.get('job', job, '-n', 'bench').status.conditions ?? []).find(
      ({ type, status }: Live) => type === how && status === 'True',
    )?.reason;
  const working = (agent: string): Live =>
    pods(agent).find(({ status }) => status.containerStatuses?.[0]?.state.running !== undefined);
  const code = ({ status }: Live): number => status.containerStatuses[0].state.terminated?.exitCode;
  const jobs = (namespace: string, prefix: string): string[] =>
    cluster.get('jobs', '-n', namespace).items.flatMap(({ metadata }: Live) => {
      const { name } = metadata;
      return name.startsWith(prefix) ? [name] : [];
    });
  /** Whether a process in a pod's network connects to the gateway. */
  const reaches = (pod: Live): boolean => {
    const [inside] = processesOf(cluster, pod.metadata.uid).filter(({ command }) => command.includes('stand-in agent'));
    const { clusterIP } = cluster.get('service', 'gateway', '-n', 'bench-control').spec;
    const dial = [ownProgram('stand-in'), 'dial', `tcp:${clusterIP}:${PORT.back}`];
    const { ok, out } = cluster.within('nsenter', ['--target', String(inside?.pid), '--net', ...dial]);
    if (!ok) throw new Error(`in the network of ${pod.metadata.name}: ${out}`);
    return JSON.parse(out).open;
  };
  /** Whether the controller of Jobs was refused a pod of this one. */
  const withheld = (job: string): boolean => {
    const { uid } = cluster.get('job', job, '-n', 'bench').metadata;
    return cluster
      .get('events', '-n', 'bench', '--field-selector', `reason=FailedCreate,involvedObject.uid=${uid}`)
      .items.some(({ message }: Live) => message.includes('bench-containment'));
  };
  /** Whether what is wanted of triage now was tried and refused. Its events do not say: who is refused often tells less. */
  const refused = (): boolean => {
    const { replicas } = cluster.get('deployment', 'triage', '-n', 'bench').spec;
    return cluster
      .get('replicasets', '-n', 'bench', '-l', 'firepit.dev/agent=triage')
      .items.some(
        ({ spec, metadata, status }: Live) =>
          replicas > 0 &&
          spec.replicas === replicas &&
          status.observedGeneration === metadata.generation &&
          status.conditions?.some(
            ({ type, message }: Live) => type === 'ReplicaFailure' && message.includes('bench-containment'),
          ),
      );
  };

  beforeAll(async () => {
    environment = await bench(cluster);
    caller = new Caller(cluster, environment);
    [bystander] = pods('clerk');
  }, 10 * MINUTES);

  beforeAll(async () => {
    // What an earlier run of this suite left, or what ended before anybody could look, starts anew.
    suspend(false, 'cronjob/nightly', WARDEN);
    const again = ['late-g1', 'steady-g1'].map((name) => environment.object('Job', name));
    cluster.kubectl(['delete', 'jobs', 'late-g1', 'steady-g1', '-n', 'bench', ...DEPLOYER]);
    for (const job of again) expect(cluster.kubectl(['create', '-f', '-', ...DEPLOYER], stringify(job)).ok).toBe(true);
    for (const agent of ['late', 'steady', 'nightly'])
      await until(`the agent ${agent} works`, () => working(agent) !== undefined);
  }, 5 * MINUTES);

  test('a Job whose agent ends with 0 is complete, and its sidecar has ended too', async () => {
    await until('it is complete', () => ended('once-g1', 'Complete') !== undefined);
    const [pod, ...others] = pods('once');
    expect([pod.status.phase, code(pod), others]).toEqual(['Succeeded', 0, []]);
    expect(pod.status.initContainerStatuses[0].state.terminated).toBeDefined();
  });

  test('one whose agent ends with 1 has failed, after as many retries as declared', async () => {
    await until('it has failed', () => ended('fails-g1', 'Failed') !== undefined);
    expect(ended('fails-g1', 'Failed')).toBe('BackoffLimitExceeded');
    expect(pods('fails').map((pod) => [pod.status.phase, code(pod)])).toEqual([
      ['Failed', 1],
      ['Failed', 1],
    ]);
  });

  test('the clock started the agent of a CronJob, once', () => {
    const [pod, ...others] = pods('nightly');
    expect(others).toEqual([]);
    expect(jobs('bench', 'nightly-')).toContain(pod.metadata.ownerReferences[0].name);
  });

  /** Everything that decides about new things goes away; what is asked below must not need it. */
  test(
    'Kyverno, registry and governor go away',
    async () => {
      await environment.ground.kyverno.crash();
      await environment.ground.registry.goAway();
      cluster.kubectl(['scale', 'deployment', 'governor', '-n', 'bench-control', '--replicas=0', ...DEPLOYER]);
      await until(
        'the governor is gone',
        () => cluster.get('pods', '-n', 'bench-control', '-l', 'firepit.dev/component=governor').items.length === 0,
      );
    },
    5 * MINUTES,
  );

  afterAll(async () => {
    if (environment === undefined) return;
    record(null, 'triage', 'steady', 'nightly');
    // Nobody who uses the environment after this needs an agent every minute.
    suspend(true, 'cronjob/nightly', WARDEN);
    cluster.kubectl(['delete', 'cronjob', 'clock', '-n', 'default', '--ignore-not-found', '--wait=false']);
    await environment.ground.registry.comeBack();
    await environment.ground.kyverno.back();
    environment.apply('--force-conflicts');
    await environment.ready();
  }, 8 * MINUTES);

  test('both agents serve, with Kyverno, registry and governor down', () => {
    expect([caller.serves('triage'), caller.serves('clerk')]).toEqual([true, true]);
  });

  test('quarantine: the label goes on, and nobody but the warden takes it off', () => {
    const { name } = pods('triage')[0].metadata;
    expect(label(name, '=true', WARDEN)).toContain('labeled');
    expect(label(name, '-', ...DEPLOYER)).toEqual(byPolicy('quarantine-label'));
    expect(pods('triage')[0].metadata.labels['firepit.dev/quarantine']).toBe('true');
  });

  test.each(['steady', 'nightly'])('quarantined, the pod of %s reaches nothing; another one does', async (agent) => {
    const pod = working(agent);
    expect(reaches(pod)).toBe(true);
    expect(label(pod.metadata.name, '=true', WARDEN)).toContain('labeled');
    await until('the gateway is out of its reach', () => !reaches(pod));
    expect(reaches(bystander)).toBe(true);
  });

  test('a Job: suspended, its pod ends; who resumes it while it is held gets no other', async () => {
    expect(record('{"version":1}', 'steady')).toContain('patched');
    expect(suspend(true, 'job/steady-g1', WARDEN)).toContain('patched');
    await until('its pod is gone', () => pods('steady').length === 0);
    expect(suspend(false, 'job/steady-g1', ...DEPLOYER)).toContain('patched');
    await until('its controller is refused', () => withheld('steady-g1'));
    expect(pods('steady')).toEqual([]);
    expect(suspend(true, 'job/steady-g1', WARDEN)).toContain('patched');
  });

  test('a CronJob: suspended, what runs is killed and stays dead', async () => {
    expect(record('{"version":1}', 'nightly')).toContain('patched');
    expect(suspend(true, 'cronjob/nightly', WARDEN)).toContain('patched');
    started = jobs('bench', 'nightly-');
    const { name, ownerReferences } = working('nightly').metadata;
    expect(asWarden('delete', 'pod', name, '-n', 'bench', '--wait=false')).toContain('deleted');
    await until('its Job has failed', () => ended(ownerReferences[0].name, 'Failed') !== undefined);
    await until('its pod is gone', () => pods('nightly').length === 0);
    // Tells later that the clock went on: nobody suspends it, and whether its pod starts is of no interest.
    const clock = [
      'create',
      'cronjob',
      'clock',
      '-n',
      'default',
      '--schedule=* * * * *',
      '--image=stand-in.invalid/none',
    ];
    if (LONG) expect(cluster.kubectl(clock).out).toContain('created');
  });

  test('hold, then delete: no new pod comes, whatever its controller tries', async () => {
    expect(record('{"version":1}', 'triage')).toContain('patched');
    const [pod] = pods('triage');
    expect(asWarden('delete', 'pod', pod.metadata.name, '-n', 'bench', '--wait=false')).toContain('deleted');
    await until('the pod is gone', () => !pods('triage').some(({ metadata }) => metadata.uid === pod.metadata.uid));
    await until('its controller is refused', refused);
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
    const at = '/apis/apps/v1/namespaces/bench/deployments/triage/scale';
    const wanted = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'triage', namespace: 'bench' } };
    const restored = cluster.kubectl(
      ['replace', '--raw', at, '-f', '-', '--as=system:serviceaccount:kube-system:horizontal-pod-autoscaler'],
      JSON.stringify({ ...wanted, spec: { replicas: 2 } }),
    );
    expect(restored).toMatchObject({ ok: true });
    await until('it is refused', refused);
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
    await until('it is refused', () => withheld('triage'));
    expect(pods('triage')).toEqual([]);
    expect(asWarden('delete', 'job', 'triage', '-n', 'bench')).toContain('forbidden');
    cluster.kubectl(['delete', 'job', 'triage', '-n', 'bench', ...DEPLOYER]);
  });

  test('applying the manifests again releases nothing', async () => {
    // Kyverno itself judges signature policies, and it is down: that one object waits, everything else is applied.
    const { out } = environment.applied('--force-conflicts');
    const errors = out.split('\n').filter((line) => line !== '' && !line.endsWith('serverside-applied'));
    expect(errors).toEqual([expect.stringContaining('failed calling webhook "validate-policy.kyverno.svc"')]);
    expect(cluster.get('deployment', 'triage', '-n', 'bench').spec.replicas).toBe(1);
    expect(cluster.get('configmap', 'containment', '-n', 'bench-control').data).toEqual({
      triage: '{"version":1}',
      steady: '{"version":1}',
      nightly: '{"version":1}',
    });
    for (const object of ['job/steady-g1', 'cronjob/nightly'])
      expect(cluster.get(object, '-n', 'bench').spec.suspend).toBe(true);
    await until('its controller is refused', refused);
    expect(['triage', 'steady', 'nightly'].flatMap((agent) => pods(agent))).toEqual([]);
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
    expect(caller.serves('clerk')).toBe(true);
  });

  // Until the next full minute the gate does not wait.
  (LONG ? test : test.skip)(
    `the clock went on, and started nothing that is suspended${LONG ? '' : ' (a long run tries it: npm run test:long)'}`,
    async () => {
      await until('it starts another', () => jobs('default', 'clock-').length > 0);
      expect(jobs('bench', 'nightly-')).toEqual(started);
    },
    3 * MINUTES,
  );

  test(
    'released by the warden, it runs again when everything is back',
    async () => {
      await environment.ground.registry.comeBack();
      await environment.ground.kyverno.back();
      expect(record(null, 'triage', 'steady')).toContain('patched');
      expect(suspend(false, 'job/steady-g1', WARDEN)).toContain('patched');
      // Its controller was refused often and waits long before it tries again: that replicas change wakes it.
      scale(0, ...DEPLOYER);
      environment.apply('--force-conflicts');
      await environment.ready();
      await until('it serves', () => caller.serves('triage'));
      await until('the Job works', () => working('steady') !== undefined);
    },
    8 * MINUTES,
  );

  test('an agent that hangs is ended by its deadline, and not started again', async () => {
    await until('its Job has failed', () => ended('late-g1', 'Failed') !== undefined);
    expect(ended('late-g1', 'Failed')).toBe('DeadlineExceeded');
    await until('its pod has ended', () => working('late') === undefined);
  });
};

onOwnCluster('containment on a real cluster', suite);
