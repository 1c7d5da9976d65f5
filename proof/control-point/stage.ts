import { randomBytes } from 'node:crypto';
import { ASKED, askOf } from '../../lib/admission/asks';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import { requiredSecrets } from '../../lib/identity/secrets';
import { PORT } from '../../lib/names';
import { identitySecret } from '../../lib/runtime/objects';
import type { Manifest } from '../../lib/synth/object';
import { marked, ownLabels } from '../copy';
import { create, type Kubernetes, must, read, until } from '../network/cluster';
import { type Loose, Subject } from '../subject';
import type { Call } from './calls';
import { Authority, signingKey } from './certificates';
import { type Images, neighbours } from './neighbours';
import { neighboursOf } from './twin';

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
const PARTS = ['governor', 'gateway'];
const SECONDS_TO_START = 240;
const SECONDS_TO_ANSWER = 180;
/** How long the first call is asked again: names are looked up, and policies come into force, after pods run. */
const SECONDS_TO_PASS = 60;

/** A pod that no policy has to let in. */
const unasked = (spec: Loose): Loose => {
  for (const { resources = {} } of [...spec.containers, ...(spec.initContainers ?? [])])
    for (const side of Object.values<Loose>(resources)) for (const ask of ASKED.map(askOf)) delete side[ask];
  return spec;
};

/** A twin that runs: gateway, governor and sidecars as declared, and a probe in each agent's place. */
export class Stage {
  private readonly subject: Subject;
  private readonly authority = new Authority();
  private readonly labels: Readonly<Record<string, string>>;
  private readonly password = randomBytes(16).toString('hex');
  private pods = 0;

  constructor(
    private readonly cluster: Kubernetes,
    private readonly twin: EnvironmentDeclaration,
    objects: readonly Manifest[],
    private readonly images: Images,
  ) {
    this.subject = new Subject(twin, objects);
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
    const leaves = {
      upstream: this.authority.leaf(host('upstream')),
      database: this.authority.leaf(host('database')),
      password: this.password,
    };
    const [namespace, ...others] = neighbours(name, this.images, leaves);
    this.apply([namespace]);
    this.apply(kept.filter(({ kind }) => kind !== 'Namespace'));
    this.apply([...others, ...this.secrets()]);
    this.apply(
      PARTS.map((part) => {
        const deployment = this.subject.object('Deployment', part, names.control);
        unasked(deployment.spec.template.spec);
        return { ...deployment, spec: { ...deployment.spec, replicas: 1 } };
      }),
    );
    for (const part of PARTS)
      await until('', SECONDS_TO_START, () =>
        read(this.cluster, 'deployment', part, '-n', names.control).status.readyReplicas === 1 ? true : undefined,
      ).catch(() => {
        throw new Error(`the ${part} is not ready after ${SECONDS_TO_START} seconds: ${this.waits(part)}`);
      });
  }

  /** Asks from a pod as an agent's workload makes it, the probe in the agent's place. */
  async ask(agent: string, calls: readonly Call[]): Promise<Reply[]> {
    const { names } = this.subject;
    const pod = this.subject.agentPod(agent, `proof-${this.pods++}`);
    unasked(pod.spec);
    const [own] = pod.spec.containers;
    const { livenessProbe, readinessProbe, startupProbe, command, ...rest } = own;
    const gateway = names.service('gateway');
    const { clusterIP } = read(this.cluster, 'service', 'gateway', '-n', names.control).spec;
    pod.spec.hostAliases = [{ ip: clusterIP, hostnames: [gateway] }];
    pod.spec.restartPolicy = 'Never';
    pod.spec.containers = [
      { ...rest, image: this.images.calls, args: ['ask', JSON.stringify(calls.map(this.question))] },
    ];
    this.apply([pod]);
    const at = ['-n', names.agents];
    await until('', SECONDS_TO_ANSWER, () =>
      ['Succeeded', 'Failed'].includes(read(this.cluster, 'pod', pod.metadata.name, ...at).status.phase)
        ? true
        : undefined,
    ).catch(() => {
      const { initContainerStatuses = [], containerStatuses = [] } = read(
        this.cluster,
        'pod',
        pod.metadata.name,
        ...at,
      ).status;
      throw new Error(
        `the pod of ${agent} does not end: ${JSON.stringify([...initContainerStatuses, ...containerStatuses].map(({ name, state }) => [name, state]))}`,
      );
    });
    return this.lines(names.agents, pod.metadata.name, own.name);
  }

  /** Ids of the calls that arrived. */
  arrived(): ReadonlySet<string> {
    return new Set(this.lines(neighboursOf(this.twin.name), 'upstream', 'upstream').map(({ id }) => id));
  }

  /** Takes the governor away. */
  async silence(): Promise<void> {
    const at = ['-n', this.subject.names.control];
    must(this.cluster, ['scale', 'deployment/governor', '--replicas=0', ...at]);
    await until('the governor does not go', SECONDS_TO_ANSWER, () => {
      const pods: Loose[] = read(this.cluster, 'pods', ...at, '-l', 'firepit.dev/component=governor').items;
      return pods.length === 0 ? true : undefined;
    });
  }

  close(): void {
    this.authority.close();
  }

  private readonly question = (call: Call): Loose => {
    const { method, path, headers, body = '' } = call.request;
    const base =
      call.past === undefined
        ? `http://127.0.0.1:${PORT.outbound}`
        : `https://${this.subject.names.service('gateway')}:${PORT.back}`;
    const id = `${call.id} ${call.agent}`;
    const seconds = call.expect === 'allowed' ? SECONDS_TO_PASS : 0;
    return { id, method, url: `${base}${path}`, headers: { ...headers, 'firepit-proof': id }, body, seconds };
  };

  private apply(objects: readonly Loose[]): void {
    create(
      this.cluster,
      objects.map((object) => marked(object, this.labels)),
    );
  }

  /** What people, cert-manager and the warden bring to an environment. */
  private secrets(): Loose[] {
    const { objects, names } = this.subject;
    const secret = (namespace: string, name: string, stringData: object): Loose => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData,
    });
    const brought = new Map<string, Record<string, string>>();
    for (const { secret: name, key } of requiredSecrets(this.twin))
      brought.set(name, { ...brought.get(name), [key]: this.valueOf(name, key) });
    const issued = objects.filter(({ kind, spec }: Loose) => kind === 'Certificate' && spec.isCA !== true) as Loose[];
    return [
      ...[...brought].map(([name, data]) => secret(names.control, name, data)),
      ...issued.map(({ spec }) => secret(names.control, spec.secretName, this.authority.leaf(spec.dnsNames))),
      ...Object.keys(this.twin.agents).map((agent) =>
        secret(names.agents, identitySecret(agent), this.authority.leaf([names.agentHost(agent)])),
      ),
    ];
  }

  private valueOf(secret: string, key: string): string {
    if (key === 'ed25519.pem') return signingKey();
    if (secret === 'firepit-proof' && key === 'password') return this.password;
    return key.endsWith('.crt') ? this.authority.certificate : randomBytes(16).toString('hex');
  }

  private lines(namespace: string, pod: string, container: string): Reply[] {
    return must(this.cluster, ['logs', '-n', namespace, pod, '-c', container])
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  /** What the pods of a part say of themselves. */
  private waits(part: string): string {
    const at = ['-n', this.subject.names.control, '-l', `firepit.dev/component=${part}`];
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
