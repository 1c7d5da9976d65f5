import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyProgram } from '../../cluster/envoy';
import { startGateway, startSidecar } from '../../dev/data-plane';
import { IdentityProvider } from '../../dev/identity';
import { again, freePorts, get, until } from '../../dev/loopback';
import { type Leaf, Pki } from '../../dev/pki';
import { entriesOf } from '../../lib/entries';
import { HEADER } from '../../lib/gateway/headers';
import { audienceOf, namesOf, objectName, PORT } from '../../lib/names';
import { Runs } from '../../services/governor/identify/runs';
import { openStore } from '../../services/governor/store';
import { Postgres } from '../../test/system/ledger/postgres';
import { startBareEnvoy } from './bare-envoy';
import { compiled } from './compiled';
import { AGENT, context, generated, HOSTS, ungoverned } from './declared';
import { type GovernorProps, type RunningGovernor, startGovernor } from './governor';
import { type Plan, startUpstream } from './load';
import { RIVALS, type Rival, type RunningRival, startRival } from './rivals';
import { openRuns, RUNS } from './runs';

/** Where declared upstreams listen. */
const UPSTREAM_PORT = 443;
const RUN_MILLISECONDS = 24 * 60 * 60_000;

/** Where the same request is asked for in different ways, and what it is asked with. */
export interface Door {
  readonly url: string;
  readonly tls?: NonNullable<Plan['tls']>;
  readonly headers: Readonly<Record<string, string>>;
  /** Handles of open runs. */
  readonly runs: readonly string[];
}
export type DoorName = 'direct' | 'bare' | 'ungoverned' | 'undurable' | 'gateway' | 'sidecar';

/** What came to the upstream. */
export interface Counts {
  readonly model: number;
  readonly tools: number;
  readonly forbidden: number;
}

/** Everything that is measured, side by side on this machine; what is not asked waits. */
export interface Site {
  readonly doors: Readonly<Record<DoorName, Door>>;
  readonly rivals: ReadonlyMap<Rival, RunningRival>;
  /** Why a rival is not there. */
  readonly missing: readonly string[];
  /** The one that records durably. */
  readonly governor: RunningGovernor;
  /** Process ids of what a request passes by the whole way. */
  readonly replicas: ReadonlyMap<string, number>;
  readonly postgres: Postgres;
  /** Opens runs of the agent at the durable governor. @returns their handles */
  runs(count: number): Promise<string[]>;
  counts(): Promise<Counts>;
}

export interface SiteOptions {
  /** @default - all of them */
  readonly rivals?: readonly Rival[];
  /** Folder for a profile of the durable governor. @default - none */
  readonly profile?: string;
}

type Stop = () => unknown;

/** Starts all of it, does the work, and ends all of it, whatever happens. */
export async function withSite<T>(work: (site: Site) => Promise<T>, options: SiteOptions = {}): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'firepit-bench-'));
  const stops: Stop[] = [() => rmSync(root, { recursive: true, force: true })];
  try {
    return await work(await started(root, options, (stop) => void stops.push(stop)));
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** A certificate authority, and where the load generator finds what it made. */
class Certificates {
  private readonly pki: Pki;
  constructor(private readonly folder: string) {
    this.pki = new Pki(folder);
  }
  leaf(name: string, ...others: readonly string[]): Leaf {
    return this.pki.leaf(name, ...others);
  }
  file(name: string): string {
    return join(this.folder, name);
  }
}

/** The environment's own parts on this machine. */
class Environment {
  readonly context = context();
  readonly names = namesOf(this.context.declaration.name);
  private readonly generated = generated(this.context);
  private readonly envoy = envoyProgram();
  private readonly program = compiled();
  /** Process ids of Envoys, by name. */
  readonly envoys = new Map<string, number>();

  constructor(
    private readonly root: string,
    private readonly certificates: Certificates,
    private readonly provider: IdentityProvider,
    private readonly postgres: Postgres,
    private readonly ends: (stop: Stop) => void,
  ) {}

  /** @param main of the compiled program */
  async governor(
    name: string,
    main: string,
    more: Pick<GovernorProps, 'args' | 'profile'> = {},
  ): Promise<RunningGovernor> {
    const governor = await startGovernor({
      root: join(this.root, name),
      program: join(this.program, main),
      ...more,
      context: this.context,
      identity: this.certificates.leaf(this.names.service('governor')),
      provider: this.provider,
      database: { port: this.postgres.port, ca: readFileSync(this.postgres.ca, 'utf8') },
    });
    // Only a process that ends by itself writes its profile.
    this.ends(() => governor.process.stop(more.profile === undefined ? 'SIGKILL' : 'SIGTERM'));
    return governor;
  }

  /** @param decide port of the governor that it asks; undefined: nobody @returns the port for sidecars */
  async gateway(name: string, upstream: number, decide: number | undefined): Promise<number> {
    const { declaration } = this.context;
    const [front, back] = (await freePorts(2)) as [number, number];
    const hosts = {
      [`${HOSTS.model}:${UPSTREAM_PORT}`]: upstream,
      [`${HOSTS.tools}:${UPSTREAM_PORT}`]: upstream,
      ...(decide === undefined ? {} : { [`${this.names.service('governor')}.cluster.local:${PORT.decide}`]: decide }),
    };
    const gateway = this.names.service('gateway');
    const running = await startGateway(
      {
        program: this.envoy,
        root: join(this.root, name),
        generated: decide === undefined ? ungoverned(this.generated) : this.generated,
      },
      {
        gateway: this.certificates.leaf(gateway),
        front: this.certificates.leaf(entriesOf(declaration)[0].host, gateway),
      },
      { front, back, hosts },
    );
    this.ends(() => running.stop());
    this.envoys.set(name, running.pid ?? 0);
    return back;
  }

  /** @returns the port for the agent */
  async sidecar(back: number, token: string): Promise<number> {
    const [inbound, outbound, agent] = (await freePorts(3)) as [number, number, number];
    const running = await startSidecar(
      { program: this.envoy, root: join(this.root, 'sidecar'), generated: this.generated },
      AGENT,
      { leaf: this.certificates.leaf(this.names.agentHost(AGENT)), token },
      { inbound, outbound, agent, back },
    );
    this.ends(() => running.stop());
    this.envoys.set('sidecar', running.pid ?? 0);
    return outbound;
  }

  async bare(upstream: number): Promise<number> {
    const [port = 0] = await freePorts(1);
    const running = await startBareEnvoy(this.envoy, join(this.root, 'bare'), port, upstream);
    this.ends(() => running.stop());
    return port;
  }

  /** The agent's token, as its sidecar has it. */
  token(): Promise<string> {
    const account = `system:serviceaccount:${this.names.agents}:${objectName(AGENT)}`;
    return this.provider.account(account, audienceOf(this.names.environment));
  }
}

const here = (port: number): string => `http://127.0.0.1:${port}`;

async function started(root: string, options: SiteOptions, ends: (stop: Stop) => void): Promise<Site> {
  const certificates = new Certificates(join(root, 'pki'));
  const postgres = await Postgres.start();
  ends(() => postgres.stop());
  const provider = new IdentityProvider(certificates.leaf('localhost'));
  await provider.listen();
  ends(() => provider.close());

  const [plain, encrypted] = (await freePorts(2)) as [number, number];
  certificates.leaf(HOSTS.model, HOSTS.tools);
  const files = [certificates.file(`${HOSTS.model}.crt`), certificates.file(`${HOSTS.model}.key`)] as const;
  const upstream = startUpstream(plain, encrypted, ...files);
  ends(() => upstream.stop());
  await until('the upstream answers', async () => (await get(plain, '/counts')) === 200, 30);

  const environment = new Environment(root, certificates, provider, postgres, ends);
  const governor = await environment.governor('governor', 'services/governor/main.js', options);
  const handles = join(root, 'runs.json');
  const forgets = { args: ['--runs', handles] };
  const undurable = await environment.governor('undurable', 'bench/control-point/undurable.js', forgets);
  const store = await openStore(governor.config, { replica: 'bench', address: postgres.tlsUrl });
  ends(() => store.close());
  const runs = new Runs(store.runs, RUN_MILLISECONDS);
  const open = (count: number): Promise<string[]> => openRuns(runs, count);

  const token = await environment.token();
  const agentHost = environment.names.agentHost(AGENT);
  const serverName = environment.names.service('gateway');
  const asSidecar = (port: number, handles: readonly string[]): Door => ({
    url: `https://127.0.0.1:${port}`,
    tls: {
      ca: certificates.file('ca.crt'),
      certificate: certificates.file(`${agentHost}.crt`),
      key: certificates.file(`${agentHost}.key`),
      serverName,
    },
    headers: { host: serverName, [HEADER.token]: token },
    runs: handles,
  });
  const durableRuns = await open(RUNS);
  const gateway = await again(() => environment.gateway('gateway', encrypted, governor.port));
  const outbound = await again(() => environment.sidecar(gateway, token));
  const doors = {
    direct: { url: here(plain), headers: {}, runs: [] },
    bare: { url: here(await again(() => environment.bare(plain))), headers: {}, runs: [] },
    ungoverned: asSidecar(await again(() => environment.gateway('ungoverned', encrypted, undefined)), durableRuns),
    undurable: asSidecar(
      await again(() => environment.gateway('undurable-gateway', encrypted, undurable.port)),
      JSON.parse(readFileSync(handles, 'utf8')) as string[],
    ),
    gateway: asSidecar(gateway, durableRuns),
    sidecar: { url: here(outbound), headers: {}, runs: durableRuns },
  };
  const { rivals, missing } = await startRivals(options.rivals ?? (Object.keys(RIVALS) as Rival[]), plain, ends);
  return {
    doors,
    rivals,
    missing,
    governor,
    replicas: new Map([
      ['governor', governor.process.pid],
      ...[...environment.envoys].filter(([name]) => name === 'gateway' || name === 'sidecar'),
    ]),
    postgres,
    runs: open,
    counts: async () => (await (await fetch(`${here(plain)}/counts`)).json()) as Counts,
  };
}

/** A machine without network measures the rest, and says what is left out. */
async function startRivals(
  wanted: readonly Rival[],
  upstream: number,
  ends: (stop: Stop) => void,
): Promise<Pick<Site, 'rivals' | 'missing'>> {
  const rivals = new Map<Rival, RunningRival>();
  const missing: string[] = [];
  for (const name of wanted) {
    try {
      const running = await startRival(name, upstream);
      ends(() => running.process.stop());
      rivals.set(name, running);
    } catch (error) {
      missing.push(`${RIVALS[name].title} is left out: ${(error as Error).message}`);
    }
  }
  return { rivals, missing };
}
