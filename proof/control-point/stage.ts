import { randomBytes } from 'node:crypto';
import { ASKED, askOf } from '../../lib/admission/asks';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import { entriesOf } from '../../lib/entries';
import { IDENTITY, TOKEN } from '../../lib/gateway/mounts';
import { DEFAULT_AGENT_PORT, LABEL, objectName } from '../../lib/names';
import type { Manifest } from '../../lib/synth/object';
import { marked, ownLabels } from '../copy';
import { create, type Kubernetes, must, read, until } from '../network/cluster';
import { type Loose, Subject } from '../subject';
import { brought } from './brought';
import type { Call } from './calls';
import { Authority, signingKey } from './certificates';
import { type LogFiles, readLog } from './log';
import { asker, askersMayCome, type Images, neighbours } from './neighbours';
import { type Asker, People } from './people';
import { type Question, questionOf } from './question';
import type { LogKey } from './records';
import { neighboursOf, tunnelServices } from './twin';

/** What an agent's pod was told. */
export interface Reply {
  readonly id: string;
  readonly status: number;
  readonly body: string;
  readonly error?: string;
}

/** What of an environment its control point needs. Nothing that judges new pods: it would refuse a probe, and rightly. */
const KINDS = new Set([
  'Namespace',
  'NetworkPolicy',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
]);
const partOf = (part: string): Readonly<Record<string, string>> => ({ [LABEL.component]: part });
const PARTS = { governor: 'Deployment', gateway: 'Deployment', ledger: 'StatefulSet' } as const;
const SECONDS_TO_START = 240;
const SECONDS_TO_ANSWER = 180;
/** What a sidecar alone mounts, of who it is. */
const OWN: readonly string[] = [IDENTITY, TOKEN.directory];

/** A pod that no policy has to let in. */
const unasked = (spec: Loose): Loose => {
  for (const { resources = {} } of [...spec.containers, ...(spec.initContainers ?? [])])
    for (const side of Object.values<Loose>(resources)) for (const ask of ASKED.map(askOf)) delete side[ask];
  return spec;
};

/** Gives the agent's place what its sidecar alone has, as somebody would who took that over. */
const asSidecar = ({ containers: [own], initContainers = [] }: Loose): void => {
  const mounts: Loose[] = initContainers.flatMap(({ volumeMounts = [] }: Loose) => volumeMounts);
  own.volumeMounts = [...(own.volumeMounts ?? []), ...mounts.filter(({ mountPath }) => OWN.includes(mountPath))];
};

/** A twin that runs: gateway, governor and sidecars as declared, and a probe in each agent's place. */
export class Stage {
  private readonly subject: Subject;
  private readonly authority = new Authority();
  private readonly labels: Readonly<Record<string, string>>;
  private readonly password = randomBytes(16).toString('hex');
  private readonly logKey = signingKey();
  private readonly people: People;
  private pods = 0;
  /** Pods of agents that people ask, and their containers. */
  private readonly asked: [pod: string, container: string][] = [];

  constructor(
    private readonly cluster: Kubernetes,
    private readonly twin: EnvironmentDeclaration,
    objects: readonly Manifest[],
    private readonly images: Images,
  ) {
    this.subject = new Subject(twin, objects);
    this.people = new People(twin);
    this.labels = ownLabels(twin.name);
  }

  /** @throws Error where it does not start, with what its pods wait for */
  async open(): Promise<void> {
    const { objects, names } = this.subject;
    const { name } = this.twin;
    const kept = objects.filter(({ kind }) => KINDS.has(kind));
    this.apply(kept.filter(({ kind }) => kind === 'Namespace'));
    const host = (neighbour: string): string[] =>
      ['svc', 'svc.cluster.local'].map((suffix) => `${neighbour}.${neighboursOf(name)}.${suffix}`);
    const services = tunnelServices(this.twin);
    const leaves = {
      upstream: this.authority.leaf(['upstream', ...services].flatMap(host)),
      database: this.authority.leaf(host('database')),
      password: this.password,
    };
    const told = { documents: await this.people.documents(), services };
    const [namespace, ...others] = neighbours(name, this.images, leaves, told);
    this.apply([namespace]);
    this.apply(kept.filter(({ kind }) => kind !== 'Namespace'));
    this.apply([
      ...others,
      ...brought(this.subject, this.authority, { password: this.password, logKey: this.logKey }),
      askersMayCome(name, names.control, { matchLabels: partOf('gateway') }),
    ]);
    this.apply(Object.entries(PARTS).map(([part, kind]) => this.alone(this.subject.object(kind, part, names.control))));
    // The ledger may take its time: no call waits for it, and its log is asked for until it is there.
    for (const part of ['governor', 'gateway'])
      await until('', SECONDS_TO_START, () =>
        read(this.cluster, 'deployment', part, '-n', names.control).status.readyReplicas === 1 ? true : undefined,
      ).catch(() => {
        throw new Error(`the ${part} is not ready after ${SECONDS_TO_START} seconds: ${this.waits(part)}`);
      });
  }

  /** Asks from a pod as an agent's workload makes it, the probe in the agent's place. */
  async ask(agent: string, calls: readonly Call[]): Promise<Reply[]> {
    const { clusterIP } = read(this.cluster, 'service', 'upstream', '-n', neighboursOf(this.twin.name)).spec;
    const questions = calls.map((call) => questionOf(call, this.subject.names, { upstream: clusterIP }));
    const pod = this.inPlaceOf(agent, ['ask', JSON.stringify(questions)]);
    pod.spec.restartPolicy = 'Never';
    if (questions.some(({ identity }) => identity !== undefined)) asSidecar(pod.spec);
    this.apply([pod]);
    return this.replies(pod);
  }

  /** Asks agents at the front, from a pod of somebody outside; stand-ins of the agents take what arrives. */
  async askFront(calls: readonly Call[]): Promise<Reply[]> {
    if (calls.length === 0) return [];
    const agents = [...new Set(calls.map(({ agent }) => agent))].map((agent) =>
      this.inPlaceOf(agent, ['agent', String(this.twin.agents[agent]?.port ?? DEFAULT_AGENT_PORT)]),
    );
    for (const { metadata, spec } of agents) this.asked.push([metadata.name, spec.containers[0].name]);
    const questions: Question[] = [];
    for (const call of calls)
      questions.push(questionOf(call, this.subject.names, { headers: await this.shown(call.from ?? {}) }));
    const people = asker(this.twin.name, this.images, ['ask', JSON.stringify(questions)]);
    this.apply([...agents, people]);
    return this.replies(people);
  }

  /** What the ledger has on its volume. */
  log(): LogFiles {
    return readLog(this.cluster, this.subject.names.control);
  }
  /** Who signs it. */
  get signer(): LogKey {
    return { origin: `firepit.dev/${this.subject.names.environment}`, pem: this.logKey };
  }

  /** Ids of the calls that arrived. */
  arrived(): ReadonlySet<string> {
    return new Set(
      [
        this.lines(neighboursOf(this.twin.name), 'upstream', 'upstream'),
        ...this.asked.map(([pod, container]) => this.lines(this.subject.names.agents, pod, container)),
      ]
        .flat()
        .map(({ id }) => id),
    );
  }

  /** Takes the governor away. */
  async silence(): Promise<void> {
    const at = ['-n', this.subject.names.control];
    must(this.cluster, ['scale', 'deployment/governor', '--replicas=0', ...at]);
    await until('the governor does not go', SECONDS_TO_ANSWER, () => {
      const pods: Loose[] = read(this.cluster, 'pods', ...at, '-l', `${LABEL.component}=governor`).items;
      return pods.length === 0 ? true : undefined;
    });
  }

  close(): void {
    this.authority.close();
  }

  /** What somebody at the front shows of who they are. */
  private async shown({ person, token, host = entriesOf(this.twin)[0].host }: Asker): Promise<Record<string, string>> {
    if (person === undefined) return { host };
    return { host, authorization: `Bearer ${await this.people.token(person, token)}` };
  }

  /** A pod as an agent's workload makes it, the probe in the agent's place. @param args of the probe program */
  private inPlaceOf(agent: string, args: readonly string[]): Loose {
    const { names } = this.subject;
    const pod = this.subject.agentPod(objectName(agent), `proof-${this.pods++}`);
    unasked(pod.spec);
    const [own] = pod.spec.containers;
    const { livenessProbe, readinessProbe, startupProbe, command, ...rest } = own;
    const { clusterIP } = read(this.cluster, 'service', 'gateway', '-n', names.control).spec;
    pod.spec.hostAliases = [{ ip: clusterIP, hostnames: [names.service('gateway')] }];
    pod.spec.containers = [{ ...rest, image: this.images.calls, args }];
    return pod;
  }

  /** What a pod of the probe was told, once it ended. */
  private async replies({ metadata: { name, namespace }, spec }: Loose): Promise<Reply[]> {
    const status = (): Loose => read(this.cluster, 'pod', name, '-n', namespace).status;
    await until('', SECONDS_TO_ANSWER, () =>
      ['Succeeded', 'Failed'].includes(status().phase) ? true : undefined,
    ).catch(() => {
      const { initContainerStatuses = [], containerStatuses = [] } = status();
      const states = [...initContainerStatuses, ...containerStatuses].map((one) => [one.name, one.state]);
      throw new Error(`the pod ${namespace}/${name} does not end: ${JSON.stringify(states)}`);
    });
    return this.lines(namespace, name, spec.containers[0].name);
  }

  /** One replica that no policy has to let in, and no volume that outlives it. */
  private alone(workload: Loose): Loose {
    const { volumeClaimTemplates = [], persistentVolumeClaimRetentionPolicy, ...spec } = workload.spec;
    unasked(spec.template.spec);
    for (const { metadata } of volumeClaimTemplates)
      spec.template.spec.volumes.push({ name: metadata.name, emptyDir: {} });
    return { ...workload, spec: { ...spec, replicas: 1 } };
  }

  private apply(objects: readonly Loose[]): void {
    create(
      this.cluster,
      objects.map((object) => marked(object, this.labels)),
    );
  }

  private lines(namespace: string, pod: string, container: string): Reply[] {
    return must(this.cluster, ['logs', '-n', namespace, pod, '-c', container])
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  /** What the pods of a part say of themselves. */
  private waits(part: string): string {
    const at = ['-n', this.subject.names.control, '-l', `${LABEL.component}=${part}`];
    const pods: Loose[] = read(this.cluster, 'pods', ...at).items;
    if (pods.length === 0) return 'it has no pod';
    return pods
      .flatMap(({ status }) => [
        ...(status.conditions ?? []).flatMap((c: Loose) => (c.status === 'False' && c.message ? [c.message] : [])),
        ...(status.containerStatuses ?? []).flatMap((c: Loose) => c.state?.waiting?.message ?? []),
      ])
      .join('; ');
  }
}
