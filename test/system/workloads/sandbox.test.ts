import { stringify } from 'yaml';
import type { Cluster } from '../../../cluster';
import { AgentSandbox } from '../../../cluster/agent-sandbox';
import { until } from '../../../cluster/until';
import { Workload } from '../../../lib';
import { Caller } from '../caller';
import { BenchEnvironment, DEPLOYER, prepare } from '../environment';
import { deskWith } from './desk';
import { whenLong } from './long';

const MINUTES = 60_000;
const E = 'sandboxed';
const WARDEN = `--as=system:serviceaccount:${E}-control:warden`;
const SANDBOXES = 'sandboxes.agents.x-k8s.io';

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
type Live = any;

/** An agent as a Sandbox, with the controller of agent-sandbox that others wrote. */
const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  let caller: Caller;
  let controller: AgentSandbox;
  const patched = (object: string, namespace: string, change: object, ...as: readonly string[]): string =>
    cluster.kubectl(['patch', object, '-n', namespace, '--type=merge', '-p', JSON.stringify(change), ...as]).out;
  const mode = (operatingMode: 'Running' | 'Suspended', ...as: readonly string[]): string =>
    patched(`${SANDBOXES}/alone`, E, { spec: { operatingMode } }, ...as);
  const record = (value: string | null): string =>
    patched('configmap/containment', `${E}-control`, { data: { alone: value } }, WARDEN);
  const sandbox = (name = 'alone'): Live => cluster.get(SANDBOXES, name, '-n', E);
  const is = (type: string, name?: string): boolean =>
    sandbox(name).status?.conditions?.some((c: Live) => c.type === type && c.status === 'True') === true;
  const refused = (policy: string): boolean => controller.log().includes(`ValidatingAdmissionPolicy '${E}-${policy}'`);
  const names = (kind: string): string[] => cluster.get(kind, '-n', E).items.map(({ metadata }: Live) => metadata.name);

  beforeAll(async () => {
    const ground = await prepare(cluster);
    controller = await AgentSandbox.on(cluster, ground.registry);
    environment = new BenchEnvironment(ground, deskWith(ground, E, 'alone', { workload: Workload.sandbox() }));
    await environment.start();
    caller = new Caller(cluster, environment);
    await until('the Sandbox is ready', () => is('Ready'));
  }, 15 * MINUTES);
  afterAll(async () => environment?.stop(), 5 * MINUTES);

  test('its controller makes the declared pod, and admission lets it in', async () => {
    const [pod, ...others] = caller.pods('alone');
    expect(others).toEqual([]);
    expect(pod.metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'Sandbox', name: 'alone' })]);
    expect(pod.spec.initContainers.map(({ name }: Live) => name)).toEqual(['sidecar']);
    const { clusterIP } = cluster.get('service', 'gateway', '-n', `${E}-control`).spec;
    expect(pod.spec.hostAliases).toEqual([{ ip: clusterIP, hostnames: [`gateway.${E}-control.svc`] }]);
    await until('it serves', () => caller.serves('alone'));
  });

  test('its controller adds nothing: no Service, no network policy, no disk', () => {
    expect(names('services').sort()).toEqual(['alone', 'triage']);
    expect(names('persistentvolumeclaims')).toEqual([]);
    expect(names('networkpolicies').sort()).toEqual(['agent-alone', 'agent-triage', 'default-deny']);
    expect(cluster.get('service', 'alone', '-n', E).metadata.ownerReferences).toBeUndefined();
  });

  test('a Sandbox that is not as declared gets no pod', async () => {
    const other = environment.object('Sandbox', 'alone');
    other.metadata.name = 'other';
    other.spec.podTemplate.spec.containers[0].command = ['/stand-in', 'listen', 'tcp:8080'];
    expect(cluster.kubectl(['create', '-f', '-', ...DEPLOYER], stringify(other)).out).toContain('created');
    await until('its controller is refused', () => refused('agent-pods'));
    expect(names('pods')).not.toContain('other');
    cluster.kubectl(['delete', SANDBOXES, 'other', '-n', E, ...DEPLOYER]);
  });

  test('suspended by the warden, its pod is gone; a restarted controller and a second apply bring none', async () => {
    expect(mode('Suspended', WARDEN)).toContain('patched');
    await until('its pod is gone', () => caller.pods('alone').length === 0);
    await until('the Sandbox says so', () => is('Suspended'));
    await controller.restart();
    environment.apply('--force-conflicts');
    // What is made later is looked at later: the restarted controller has seen this one by then.
    const later = { ...environment.object('Sandbox', 'alone'), metadata: { name: 'later', namespace: E } };
    later.spec.operatingMode = 'Suspended';
    expect(cluster.kubectl(['create', '-f', '-', ...DEPLOYER], stringify(later)).out).toContain('created');
    await until('the restarted controller works', () => is('Suspended', 'later'));
    cluster.kubectl(['delete', SANDBOXES, 'later', '-n', E, ...DEPLOYER]);
    expect(sandbox().spec.operatingMode).toBe('Suspended');
    expect(caller.pods('alone')).toEqual([]);
    expect(caller.serves('triage')).toBe(true);
  });

  test('whoever resumes it gets its pod back: suspended is not held', async () => {
    expect(mode('Running', ...DEPLOYER)).toContain('patched');
    await until('it serves', () => caller.serves('alone'));
  });

  test('held, then killed: neither its controller, nor a restarted one, nor a second apply brings a pod', async () => {
    expect(record('{"version":1}')).toContain('patched');
    const [pod] = caller.pods('alone');
    const kill = ['delete', 'pod', pod.metadata.name, '-n', E, '--wait=false', WARDEN];
    expect(cluster.kubectl(kill).out).toContain('deleted');
    await until('its controller is refused', () => refused('containment'));
    expect(caller.pods('alone')).toEqual([]);
    await controller.restart();
    environment.apply('--force-conflicts');
    await until('the restarted one is refused too', () => refused('containment'));
    expect(caller.pods('alone')).toEqual([]);
    expect(mode('Suspended', WARDEN)).toContain('patched');
    expect(mode('Running', ...DEPLOYER)).toContain('patched');
    expect(caller.pods('alone')).toEqual([]);
    expect(caller.serves('triage')).toBe(true);
  });

  test('released by the warden, it serves again', async () => {
    expect(mode('Suspended', WARDEN)).toContain('patched');
    expect(record(null)).toContain('patched');
    await until(
      'its identity is back',
      () => Object.keys(cluster.get('secret', 'alone-identity', '-n', E).data ?? {}).length === 3,
    );
    expect(mode('Running', WARDEN)).toContain('patched');
    await until('it serves', () => caller.serves('alone'));
  });
};

whenLong('an agent as a Sandbox of agent-sandbox', suite);
