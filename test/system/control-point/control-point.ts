import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import type { GovernorConfig } from '../../../contract';
import type { EnvironmentDeclaration } from '../../../lib';
import { governorConfigOf } from '../../../lib/governor';
import { cedarPolicy } from '../../../lib/identity/cedar';
import type { Configuration } from '../../../services/governor/configuration';
import { AgentIdentity } from '../../../services/governor/identify/agent';
import { UserIdentity } from '../../../services/governor/identify/user';
import { Log } from '../../../services/governor/server/log';
import { GovernorService, type ServiceOptions } from '../../../services/governor/server/service';
import type { Store } from '../../../services/governor/store';
import { MemoryStore } from '../../services/governor/support/store';
import { type Issuer, issuer } from '../../services/governor/support/tokens';
import type { Leaf } from '../envoy/pki';
import { type Answer, type Ask, freePorts, mountFiles } from '../envoy/run';
import { World } from '../envoy/world';
import type { Receiver } from './otlp';

const TLS = '/etc/firepit/tls';

type Cluster = {
  name: string;
  typed_extension_protocol_options?: Record<string, { http_filters?: { name: string }[] }>;
};

/**
 * A bootstrap in which the hosted model may be on this machine, where its stand-in is: its address alone is not judged.
 * @param path of the model's API @default - as declared
 */
export const modelHere = (text: string, path = '/v1/messages'): string => {
  const bootstrap = JSON.parse(text.replaceAll('/v1/messages', path)) as { static_resources: { clusters: Cluster[] } };
  const model = bootstrap.static_resources.clusters.find(({ name }) => name === 'model-claude');
  for (const options of Object.values(model?.typed_extension_protocol_options ?? {}))
    options.http_filters =
      options.http_filters?.filter(({ name }) => name !== 'envoy.filters.http.upstream_rbac') ?? [];
  return JSON.stringify(bootstrap);
};

export interface Start {
  readonly store?: Store;
  /** The last change to Envoy's bootstrap. */
  readonly edit?: (text: string) => string;
  /** What differs from the configuration that lib writes. */
  readonly config?: (config: GovernorConfig) => GovernorConfig;
  /** Who calls, where that is not what a test is about. @default - by certificate and token */
  readonly identities?: ServiceOptions['identities'];
  /** Where triage's sidecar is. @default - a stand-in */
  readonly triage?: number;
  /** Ports of other stand-ins, by `host:port`. @default - none */
  readonly hosts?: Readonly<Record<string, number>>;
}

/** A gateway of real Envoy, a real governor behind it, and stand-ins for everything around the two. */
export class ControlPoint {
  readonly world: World;
  readonly memory = new MemoryStore();
  readonly lines: string[] = [];
  governor: GovernorService | undefined;
  configured: GovernorConfig | undefined;
  private issuer: Issuer | undefined;
  private token = '';

  /** @param declared @default - the world's own */
  constructor(declared?: EnvironmentDeclaration) {
    this.world = new World(declared);
  }

  /** The configuration that lib writes for this gateway's environment, moved onto this machine. */
  async configuration(edit: Start['config'] = (same) => same): Promise<Configuration> {
    const { context, root } = this.world;
    const [decide, health, metrics] = (await freePorts(3)) as [number, number, number];
    const { schema, policies } = cedarPolicy(context);
    const written = governorConfigOf(context);
    const tls = {
      certificate: join(root, TLS, 'tls.crt'),
      key: join(root, TLS, 'tls.key'),
      ca: join(root, TLS, 'ca.crt'),
    };
    return { config: edit({ ...written, listen: { decide, health, metrics }, tls }), schema, policies };
  }

  mount({ cert, key, ca }: Leaf): void {
    mountFiles(this.world.root, TLS, { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
  }

  /** The governor, and Envoy in front of it. */
  async start({ edit, triage, hosts, ...start }: Start = {}): Promise<void> {
    await this.serve(start);
    await this.world.start({
      governor: this.governor?.port ?? 0,
      ...(edit && { edit }),
      ...(triage && { triage }),
      ...(hosts && { hosts }),
    });
  }

  /** Starts a collector, which this governor's configuration then names. @param content whether it is told what is said */
  async collector(receiver: Receiver, content = false): Promise<NonNullable<Start['config']>> {
    const leaf = this.world.pki.leaf('localhost');
    const endpoint = { host: 'localhost', port: await receiver.start(leaf) };
    const ca = join(this.world.root, 'collector.crt');
    writeFileSync(ca, leaf.ca);
    const more = content ? { content: true as const } : {};
    return (config) => ({ ...config, telemetry: { ...config.telemetry, endpoint, ca, ...more } });
  }

  /** Whoever signs tokens here, and triage's. */
  async identify(): Promise<Issuer> {
    const { audience } = governorConfigOf(this.world.context).token;
    this.mount(this.world.identities.governor as Leaf);
    this.issuer = await issuer();
    const sub = governorConfigOf(this.world.context).agents.triage?.serviceAccount ?? '';
    this.token = await this.signed({ sub, aud: audience });
    return this.issuer;
  }
  get jwk(): object {
    return this.issuer?.jwk ?? {};
  }

  /** The governor alone. */
  async serve({
    store = this.memory.opened(),
    config,
    identities,
  }: Omit<Start, 'edit' | 'triage' | 'hosts'> = {}): Promise<void> {
    const { keys } = await this.identify();
    const configuration = await this.configuration(config);
    this.configured = configuration.config;
    this.governor = new GovernorService({
      configuration,
      log: new Log(Date.now, (line) => void this.lines.push(line)),
      open: async () => store,
      identities: identities ?? {
        agents: new AgentIdentity(configuration.config, keys),
        users: new UserIdentity(configuration.config.users, async () => keys),
      },
      address: '127.0.0.1:0',
    });
    await this.governor.start();
    if (this.governor.unready !== undefined) throw new Error(this.governor.unready);
  }

  /** What Envoy adds or passes on when this agent calls. */
  headers(agent: string): Record<string, string> {
    return { 'x-forwarded-client-cert': `Hash=0;DNS=${agent}.desk.svc`, 'x-firepit-token': this.token };
  }

  async signed(claims: JWTPayload): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return (await this.issuer?.sign({ iat: now, exp: now + 3600, ...claims })) ?? '';
  }

  /** As triage's sidecar calls, with its token. */
  asks(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Partial<Ask> & { path: string } {
    return {
      path,
      headers: {
        'x-firepit-token': this.token,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    };
  }
  back(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer> {
    return this.world.back(path, this.asks(path, body, headers));
  }

  /** As a person in the given groups asks through the ingress. */
  async front(path: string, body: unknown, groups: readonly string[] = ['support']): Promise<Answer> {
    const { issuer: iss, audience: aud, groupsClaim } = governorConfigOf(this.world.context).users;
    const token = await this.signed({ iss, aud, sub: 'ada', [groupsClaim]: groups });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return this.world.front(path, { body: JSON.stringify(body), headers });
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.governor?.stop();
  }
}
