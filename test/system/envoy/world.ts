import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { again } from '../../../dev/loopback';
import type { EnvironmentDeclaration } from '../../../lib';
import { contextOf } from '../../../lib/context';
import { gatewayFiles } from '../../../lib/gateway/gateway-bootstrap';
import { sidecarFiles } from '../../../lib/gateway/sidecar-bootstrap';
import { changed } from '../../support/desk';
import { GovernorStandIn } from './governor';
import { type Leaf, Pki } from './pki';
import { type Answer, type Ask, freePorts, get, mountFiles, RunningEnvoy, send, writeConfig } from './run';
import { UpstreamStandIn } from './upstream';

const NAME = 'desk';
export const HOST = 'support-desk.example.com';
export const GATEWAY = `gateway.${NAME}-control.svc`;

/**
 * The support desk with a second agent that may use the CRM alone. `tickets` may be on loopback, where the stand-ins
 * are; `crm` keeps its private range and `claude` stays on the internet, so that both are refused here.
 */
export const declaration = (): EnvironmentDeclaration =>
  changed((draft) => {
    draft.name = NAME;
    draft.tools.tickets.at.cidrs = ['127.0.0.0/8'];
    draft.agents.clerk = {
      ...structuredClone(draft.agents.triage),
      models: [],
      tools: ['crm.customer'],
      needsApproval: [],
      sequence: [],
    };
  });

interface Start {
  /** The stand-in, none, or the port of another one. */
  readonly governor: boolean | number;
  /** The last change to the bootstrap, for tests that cannot wait as long as the real limits. */
  readonly edit?: (text: string) => string;
  /** Where triage's sidecar is. @default - a stand-in */
  readonly triage?: number;
  /** Ports of other stand-ins, by `host:port`. @default - none */
  readonly hosts?: Readonly<Record<string, number>>;
}

/** A gateway with everything around it on this machine. */
export class World {
  readonly root = mkdtempSync(join(tmpdir(), 'firepit-envoy-'));
  readonly pki = new Pki(join(this.root, 'pki'));
  readonly context;
  readonly identities: Record<string, Leaf> = {};
  readonly upstreams: Record<'tickets' | 'crm' | 'claude' | 'triage', UpstreamStandIn>;
  readonly governor: GovernorStandIn;
  ports: Record<number, number> = {};
  gateway: RunningEnvoy | undefined;
  private bootstrap = '';

  /** @param declared another desk of this name @default - the desk with its clerk */
  constructor(declared: EnvironmentDeclaration = declaration()) {
    this.context = contextOf(declared);
    for (const name of [
      GATEWAY,
      `governor.${NAME}-control.svc`,
      `triage.${NAME}.svc`,
      `clerk.${NAME}.svc`,
      `stranger.${NAME}.svc`,
    ])
      this.identities[name.split('.')[0] as string] = this.pki.leaf(name);
    this.governor = new GovernorStandIn(this.identities.governor as Leaf);
    this.upstreams = {
      tickets: new UpstreamStandIn(this.pki.leaf('tickets.internal.example.com')),
      crm: new UpstreamStandIn(this.pki.leaf('crm.internal.example.com')),
      claude: new UpstreamStandIn(this.pki.leaf('api.anthropic.com')),
      triage: new UpstreamStandIn(this.identities.triage as Leaf, true),
    };
    writeFileSync(join(this.root, 'system-ca.crt'), this.pki.ca);
  }

  /** Mounts what the gateway pod mounts. */
  mount(): void {
    const tls = ({ cert, key, ca }: Leaf): Record<string, string> => ({
      'tls.crt': cert,
      'tls.key': key,
      'ca.crt': ca,
    });
    mountFiles(this.root, '/var/run/firepit/tls', tls(this.identities.gateway as Leaf));
    mountFiles(this.root, '/var/run/firepit/front-tls', tls(this.identities.gateway as Leaf));
    this.credential('claude', 'key', 'claude-key');
    this.credential('tickets', 'token', 'tickets-token');
    this.credential('crm', 'token', 'crm-token');
  }

  credential(secret: string, key: string, value: string): void {
    mountFiles(this.root, `/var/run/firepit/secrets/${secret}`, { [key]: value });
  }

  async start(props: Start): Promise<void> {
    this.mount();
    const decides = props.governor === true ? await this.governor.listen() : props.governor;
    const hosts = {
      'tickets.internal.example.com:443': await this.upstreams.tickets.listen(),
      'crm.internal.example.com:443': await this.upstreams.crm.listen(),
      'api.anthropic.com:443': await this.upstreams.claude.listen(),
      [`triage.${NAME}.svc.cluster.local:8443`]: props.triage ?? (await this.upstreams.triage.listen()),
      ...props.hosts,
      ...(decides === false ? {} : { [`governor.${NAME}-control.svc.cluster.local:50051`]: decides }),
    };
    await again(async () => {
      const [front, back, health, metrics] = (await freePorts(4)) as [number, number, number, number];
      this.ports = { 8443: front, 9443: back, 8081: health, 9090: metrics };
      const places = { root: this.root, ports: this.ports, hosts };
      this.bootstrap = writeConfig(gatewayFiles(this.context), places, (config) =>
        JSON.parse((props.edit ?? ((same) => same))(JSON.stringify(config))),
      );
      await this.run();
    });
  }

  /** Starts the gateway, again after it was stopped. */
  async run(): Promise<void> {
    this.gateway = new RunningEnvoy(this.bootstrap);
    await this.gateway.until('the gateway is ready', async () => (await get(this.healthPort, '/ready')) === 200);
  }

  get backPort(): number {
    return this.ports[9443] as number;
  }
  get frontPort(): number {
    return this.ports[8443] as number;
  }
  get healthPort(): number {
    return this.ports[8081] as number;
  }

  /** As triage's sidecar calls. */
  ask(path: string, ask: Partial<Ask> = {}): Ask {
    const identity = this.identities.triage as Leaf;
    return { port: this.backPort, path, authority: GATEWAY, servername: GATEWAY, ca: this.pki.ca, identity, ...ask };
  }
  back(path: string, ask: Partial<Ask> = {}): Promise<Answer> {
    return send(this.ask(path, ask));
  }

  /** As the ingress calls. */
  front(path: string, ask: Partial<Ask> = {}): Promise<Answer> {
    return send({ port: this.frontPort, path, authority: HOST, servername: GATEWAY, ca: this.pki.ca, ...ask });
  }

  get reached(): number {
    return Object.values(this.upstreams).reduce((sum, upstream) => sum + upstream.received.length, 0);
  }

  sidecar(agent: string): Record<string, string> {
    return sidecarFiles(this.context, agent);
  }

  async stop(): Promise<void> {
    await this.gateway?.stop();
    this.governor.close();
    for (const upstream of Object.values(this.upstreams)) upstream.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}
