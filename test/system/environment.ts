import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { supportDesk } from '../../blueprints';
import { type Answer, Cluster } from '../../cluster';
import { issueCertificates } from '../../cluster/certificates';
import { definitions } from '../../cluster/definitions';
import { envoyImage, STAND_IN, standInImage } from '../../cluster/images';
import { Kyverno } from '../../cluster/kyverno';
import { Pki } from '../../cluster/pki';
import { makeDatabase, POSTGRES_USERS, postgresImage, postgresPod } from '../../cluster/postgres';
import { Registry } from '../../cluster/registry';
import { SigningKey } from '../../cluster/signing';
import { until } from '../../cluster/until';
import { images as builtImages } from '../../image/build';
import {
  AgentEnvironment,
  App,
  type EnvironmentDeclaration,
  environment,
  Image,
  ImageLock,
  InCluster,
  Owner,
  type PinnedImage,
  Platform,
  SecretKey,
  Signer,
  State,
  SupplyChain,
} from '../../lib';
import { requiredSecrets } from '../../lib/identity/secrets';
import type { Manifest } from '../../lib/minimum-bar';
import { withBatch } from './containment/batch';

/** Who deploys in the bench. */
export const DEPLOYER = ['--as=ada', '--as-group=platform-engineers', '--as-group=system:authenticated'];
const STATE = { namespace: 'bench-state', pods: { app: 'postgres' } };
const TOOLS = { namespace: 'bench-tools', pods: { app: 'tool' } };
const TOOL_PORT = 8443;
const PASSWORD = 'bench';
const UPSTREAM_CA = SecretKey.of('postgres', 'ca.crt');

/** The suites that need a cluster of our own: they enter its node. Elsewhere they say that they did not run. */
export const onOwnCluster = (what: string, suite: (cluster: Cluster) => void): void => {
  const kubeconfig = process.env.FIREPIT_KUBECONFIG;
  const cluster = kubeconfig === undefined ? undefined : Cluster.use(kubeconfig);
  if (cluster?.own === true) {
    describe(what, () => suite(cluster));
    return;
  }
  const why = kubeconfig === undefined ? 'FIREPIT_KUBECONFIG names no cluster' : 'the cluster is not one of our own';
  process.stderr.write(`not run: ${what} (${why})\n`);
  describe.skip(`${what} (${why})`, () => test('needs a cluster of our own', () => undefined));
};

/** What the bench adds to a cluster, and what environments are made from there. */
export interface Ground {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly kyverno: Kyverno;
  /** Signs the product's images. */
  readonly product: SigningKey;
  /** Signs the agents' images. */
  readonly team: SigningKey;
  readonly images: ImageLock;
  readonly agentImage: PinnedImage;
  /** The authority of what environments lean on, PEM. */
  readonly upstreamCa: string;
}

/** What was applied goes without saying; what was not is the error. */
const must = (what: string, { ok, out }: { readonly ok: boolean; readonly out: string }): void => {
  const complaints = out.split('\n').filter((line) => !line.endsWith(' serverside-applied'));
  if (!ok) throw new Error(`${what}: ${complaints.join('\n').trim()}`);
};
const objects = (...all: readonly object[]): string => all.map((object) => stringify(object)).join('---\n');

/** Registry, Kyverno, keys, definitions and images: all that stands before the first environment. */
export async function prepare(cluster: Cluster): Promise<Ground> {
  const registry = await Registry.of(cluster);
  const { documents } = definitions();
  must('definitions', cluster.apply(documents.join('\n---\n')));
  const kyverno = await Kyverno.of(cluster, registry);
  const keys = join(cluster.folder ?? '', 'keys');
  mkdirSync(keys, { recursive: true });
  const product = await SigningKey.in(join(keys, 'product'), registry);
  const team = await SigningKey.in(join(keys, 'team'), registry);
  const { governor, ledger } = await builtImages();
  const standIn = (role: string): string => registry.push(`firepit/${role}`, standInImage(role));
  const images = {
    envoy: registry.push('firepit/envoy', envoyImage()),
    governor: registry.pushFrom('firepit/governor', governor.layout, governor.digest),
    approvals: standIn('approvals'),
    warden: standIn('warden'),
    ledger: registry.pushFrom('firepit/ledger', ledger.layout, ledger.digest),
    postgres: standIn('postgres'),
  };
  const agentImage = registry.push('agents/triage', standInImage('agent')) as PinnedImage;
  product.sign(registry, ...Object.values(images));
  team.sign(registry, agentImage);
  const pki = upstreamPki(cluster);
  writeFileSync(pki.file('passwd'), POSTGRES_USERS);
  const database = registry.push('bench/postgres', postgresImage(pki.file('passwd')));
  const tool = registry.push('bench/tool', standInImage('tool'));
  must('neighbours', cluster.apply(objects(...neighbours(), ...upstreams(pki, { database, tool }), ...smallNode())));
  return {
    cluster,
    registry,
    kyverno,
    product,
    team,
    images: ImageLock.from({ version: 1, signer: Signer.key(product.publicKey), images }),
    agentImage,
    upstreamCa: readFileSync(pki.file('ca.crt'), 'utf8'),
  };
}

/** Certificates of what environments lean on, made once for a cluster. */
function upstreamPki({ folder = '' }: Cluster): Pki {
  const pki = new Pki(join(folder, 'upstreams'));
  if (existsSync(pki.file('tool.crt'))) return pki;
  pki.issue('postgres', '/CN=postgres', [`DNS:postgres.${STATE.namespace}.svc`]);
  pki.issue('tool', '/CN=tool', [`DNS:tool.${TOOLS.namespace}.svc.cluster.local`]);
  return pki;
}

/** The team's database, which is real, and its tools, which are not. */
function upstreams(pki: Pki, images: { readonly database: string; readonly tool: string }): object[] {
  const secret = (name: string, namespace: string, more: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: {
      'tls.crt': readFileSync(pki.file(`${name}.crt`), 'utf8'),
      'tls.key': readFileSync(pki.file(`${name}.key`), 'utf8'),
      ...more,
    },
  });
  const server = (name: string, { namespace, pods }: typeof STATE, port: number, labels: object, spec: object) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: pods, ports: [{ port }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels },
      spec: { selector: { matchLabels: pods }, template: { metadata: { labels: { ...pods, ...labels } }, spec } },
    },
  ];
  const tool = {
    containers: [{ name: 'tool', image: images.tool, volumeMounts: [{ name: 'tls', mountPath: '/etc/stand-in' }] }],
    volumes: [{ name: 'tls', secret: { secretName: 'tool' } }],
  };
  return [
    secret('postgres', STATE.namespace, { owner: 'owner\n' }),
    secret('tool', TOOLS.namespace),
    ...server('postgres', STATE, 5432, {}, postgresPod(images.database, 'postgres')),
    ...server('tool', TOOLS, TOOL_PORT, STAND_IN, tool),
  ];
}

/** Namespaces that environments expect, and the deployers' rights. */
const neighbours = (): object[] => [
  ...['firepit-system', 'gateway-system', 'monitoring', 'observability', STATE.namespace, TOOLS.namespace].map(
    (name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }),
  ),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'platform-engineers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'platform-engineers' }],
  },
];

/** Requests of a container, written smaller; its limits of processor and memory stay as declared. */
const small = (container: string): string =>
  Object.entries({
    'requests/cpu': '10m',
    'requests/memory': '32Mi',
    'requests/ephemeral-storage': '0',
    'limits/ephemeral-storage': '0',
  })
    .map(([at, value]) => `JSONPatch{op: 'add', path: '/spec/${container}/0/resources/${at}', value: '${value}'}`)
    .join(', ');

/** The bench's node has as many cores as its machine and counts no disk: what pods reserve is written smaller there. */
const smallNode = (): object[] => [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'bench-small-node' },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: {
        namespaceSelector: { matchExpressions: [{ key: 'firepit.dev/environment', operator: 'Exists' }] },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      // Probes that a test makes reserve nothing.
      matchConditions: [{ name: 'reserves', expression: 'object.spec.containers.all(c, has(c.resources.limits))' }],
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression: `[${small('containers')}] + (has(object.spec.initContainers) ? [${small('initContainers')}] : [])`,
          },
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'bench-small-node' },
    spec: { policyName: 'bench-small-node' },
  },
];

/** The bench's own cluster, as a declaration says it. */
const platformOf = ({ cluster }: Ground) => {
  const [slice] = cluster.get('endpointslices', '-n', 'default', '-l', 'kubernetes.io/service-name=kubernetes').items;
  const [node] = cluster.get('nodes').items;
  const addresses: string[] = node.status.addresses
    .filter((a: { type: string }) => a.type === 'InternalIP')
    .map((a: { address: string }) => `${a.address}/${a.address.includes(':') ? 128 : 32}`);
  return Platform.kubernetes({
    version: '1.36',
    apiServer: { cidrs: [`${slice.endpoints[0].addresses[0]}/32`], port: slice.ports[0].port },
    nodes: addresses,
    pods: ['10.244.0.0/24', 'fd00:10:244::/64'],
    services: ['10.96.0.0/16', 'fd00:10:96::/112'],
    ingress: {
      gateway: 'public',
      namespace: 'gateway-system',
      proxies: { namespace: 'gateway-system', pods: { 'gateway.networking.k8s.io/gateway-name': 'public' } },
    },
    monitoring: { namespace: 'monitoring', pods: { 'app.kubernetes.io/name': 'prometheus' } },
    telemetry: InCluster.service('otel-collector', {
      namespace: 'observability',
      port: 4317,
      pods: { 'app.kubernetes.io/name': 'opentelemetry-collector' },
    }),
    clusterNetworkPolicy: true,
  });
};

/**
 * The support desk as somebody would declare it here: its images from the bench's registry, signed by the bench's
 * keys, and a second agent that may look at customers and nothing else.
 */
export const benchDeclaration = (ground: Ground, name: string): EnvironmentDeclaration => {
  const desk = supportDesk({
    name,
    owner: Owner.team('bench', { contact: 'bench@example.com', deployers: ['group:platform-engineers'] }),
    platform: platformOf(ground),
    images: ground.images,
    agentImage: ground.agentImage,
    state: State.postgres(InCluster.service('postgres', { ...STATE, port: 5432, ca: UPSTREAM_CA }), {
      database: databaseOf(name),
      user: databaseOf(name),
      password: SecretKey.of('postgres', 'password'),
      spool: true,
    }),
    replicas: 1,
    host: `${name}.example.com`,
    approvalsHost: `approvals.${name}.example.com`,
  });
  const { triage } = desk.agents;
  const at = InCluster.service('tool', { ...TOOLS, port: TOOL_PORT, ca: UPSTREAM_CA });
  return environment({
    ...desk,
    supplyChain: SupplyChain.signedBy(Signer.key(ground.team.publicKey)),
    tools: { tickets: { ...desk.tools.tickets, at }, crm: { ...desk.tools.crm, at } },
    agents: {
      triage: { ...triage, image: Image.pinned(ground.agentImage) },
      clerk: {
        ...triage,
        image: Image.pinned(ground.agentImage),
        models: [],
        tools: ['crm.customer'],
        needsApproval: [],
        sequence: [],
      },
    },
    locked: [],
  }) as unknown as EnvironmentDeclaration;
};

/** An environment's database, and the user that owns it. */
const databaseOf = (name: string): string => name.replaceAll('-', '_');

/** The environment that the suites share, ready. */
export const bench = async (cluster: Cluster): Promise<BenchEnvironment> => {
  const ground = await prepare(cluster);
  return new BenchEnvironment(ground, withBatch(benchDeclaration(ground, 'bench'))).start();
};

/** An environment that runs on the bench. */
export class BenchEnvironment {
  readonly agents: string;
  readonly control: string;
  /** Its objects, and the same as YAML in the order in which they are applied. */
  readonly objects: readonly Manifest[];
  readonly yaml: string;

  constructor(
    readonly ground: Ground,
    readonly declaration: EnvironmentDeclaration,
  ) {
    const app = new App({ outdir: 'unused' });
    this.objects = new AgentEnvironment(app, declaration).objects();
    this.yaml = app.synthYaml();
    this.agents = declaration.name;
    this.control = `${declaration.name}-control`;
  }

  /** Applies it as a deployer does, in written order, gives it what people must bring, and waits until it is ready. */
  async start(): Promise<this> {
    const { cluster } = this.ground;
    await makeDatabase(cluster, STATE.namespace, databaseOf(this.agents), PASSWORD);
    this.apply();
    must('the Secrets people bring', cluster.apply(objects(...this.secrets(), this.volume())));
    issueCertificates(cluster, this.control);
    await this.ready();
    return this;
  }

  /** Applies the manifests as they are written. */
  apply(...more: readonly string[]): void {
    must(`environment ${this.agents}`, this.applied(...more));
  }

  /** The same, with what kubectl said of it. */
  applied(...more: readonly string[]): Answer {
    const args = ['apply', '--server-side', '--validate=strict', '-f', '-', ...DEPLOYER, ...more];
    return this.ground.cluster.kubectl(args, this.yaml);
  }

  /** One object of its manifests. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any object
  object(kind: string, name: string): any {
    const found = this.objects.find((o) => o.kind === kind && o.metadata.name === name);
    if (found === undefined) throw new Error(`the manifests of ${this.agents} hold no ${kind} ${name}`);
    return structuredClone(found);
  }

  /** A pod as the agent's Deployment would create it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests change any part of it
  pod(agent: string): any {
    const { metadata, spec } = this.object('Deployment', agent).spec.template;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: `${agent}-probe`, namespace: this.agents },
      spec,
    };
  }

  /** What the API server says to an object, as it would be created; nothing is. Asked again where Kyverno was cut off. */
  ask(object: object, ...as: readonly string[]): string {
    return this.ground.kyverno.answered(() => this.askOnce(object, ...as));
  }

  /** The same, whatever becomes of Kyverno meanwhile: for tests in which it is away. */
  askOnce(object: object, ...as: readonly string[]): string {
    return this.ground.cluster.kubectl(['create', '--dry-run=server', '-f', '-', ...as], stringify(object)).out;
  }

  async ready(): Promise<void> {
    for (const namespace of [this.control, this.agents]) {
      let waiting: string[] = [];
      await until(
        () => `${waiting.join(', ')} of ${namespace} to be ready`,
        () => {
          const { items } = this.ground.cluster.get('statefulset,deployment', '-n', namespace);
          // biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
          const behind = items.filter(({ spec, status }: any) => spec.replicas !== (status.readyReplicas ?? 0));
          waiting = behind.map(({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`);
          return waiting.length === 0;
        },
        240,
      );
    }
  }

  /** Takes it away, whole. */
  async stop(): Promise<void> {
    const { cluster } = this.ground;
    const selector = ['-l', `firepit.dev/environment=${this.agents}`];
    cluster.kubectl(['delete', 'namespace', this.agents, this.control, '--wait=true', '--ignore-not-found']);
    for (const kind of [...new Set(this.objects.map(({ kind }) => kind))].filter((kind) => kind !== 'Namespace'))
      cluster.kubectl(['delete', kind, ...selector, '-A', '--ignore-not-found']);
    cluster.kubectl(['delete', 'persistentvolume', this.control, '--ignore-not-found']);
  }

  private secrets(): object[] {
    const data = new Map<string, Record<string, string>>();
    for (const { secret, key } of requiredSecrets(this.declaration))
      data.set(secret, { ...data.get(secret), [key]: this.valueOf(key) });
    return [...data].map(([name, stringData]) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: this.control },
      stringData,
    }));
  }

  private valueOf(key: string): string {
    if (key === 'ca.crt') return this.ground.upstreamCa;
    return key === 'ed25519.pem' ? this.signingKey() : PASSWORD;
  }

  /** The same for as long as the log is: a log that another key signed is not gone on with. */
  private signingKey(): string {
    const file = join(this.ground.cluster.folder ?? '', 'keys', `${this.control}.pem`);
    if (!existsSync(file))
      writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), {
        mode: 0o600,
      });
    return readFileSync(file, 'utf8');
  }

  /** The ledger's volume: a cluster without storage classes has none of its own. */
  private volume(): object {
    const { cluster } = this.ground;
    const path = join(cluster.folder ?? '', 'volumes', this.control);
    mkdirSync(path, { recursive: true });
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: this.control },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOncePod'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: this.control, name: 'data-ledger-0' },
        local: { path },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }],
          },
        },
      },
    };
  }
}
