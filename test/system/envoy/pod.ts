import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ENVOY, emptied, freePorts, mountFiles, RunningEnvoy, writeConfig } from './run';
import { GATEWAY, type World } from './world';

/** An agent's pod on this machine: its sidecar, and a stand-in for the agent. */
export class Pod {
  readonly asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  healthy = true;
  inbound = 0;
  outbound = 0;
  health = 0;
  metrics = 0;
  readonly root: string;
  private readonly agent: Server;
  private envoy: RunningEnvoy | undefined;
  private bootstrap = '';

  /** @param within what its sidecar runs in, given the pod's root @default - nothing */
  constructor(
    private readonly world: World,
    private readonly name: 'triage' | 'clerk',
    private readonly within: (program: string, root: string) => string = (program) => program,
  ) {
    this.root = emptied(join(world.root, `pod-${name}`));
    this.agent = createServer((request, response) => {
      this.asked.push({ url: request.url ?? '', headers: request.headers });
      response.statusCode = request.url === '/healthz' && !this.healthy ? 500 : 200;
      response.end('{"answer":42}');
    });
  }

  /** Ports are known before anything runs, because the gateway wants to know where the sidecar will be. */
  async reserve(): Promise<void> {
    [this.inbound, this.outbound, this.health, this.metrics] = (await freePorts(4)) as [number, number, number, number];
  }

  /** Starts with an empty identity, as a new environment does. */
  async start(edit?: (bootstrap: Record<string, unknown>) => unknown): Promise<void> {
    await new Promise<void>((done) => this.agent.listen(0, '127.0.0.1', done));
    writeFileSync(join(this.root, 'system-ca.crt'), this.world.pki.ca);
    mountFiles(this.root, '/var/run/firepit/identity', {});
    this.token('token-1');
    const ports = {
      8443: this.inbound,
      15001: this.outbound,
      8081: this.health,
      9090: this.metrics,
      8080: (this.agent.address() as AddressInfo).port,
    };
    const hosts = { [`${GATEWAY}:9443`]: this.world.backPort };
    this.bootstrap = writeConfig(this.world.sidecar(this.name), { root: this.root, ports, hosts }, edit);
    this.restart();
  }

  /** Kills the sidecar, as running out of memory does. */
  async crash(): Promise<void> {
    await this.envoy?.stop();
  }

  /** Starts the sidecar, as kubelet does. */
  restart(): void {
    this.envoy = new RunningEnvoy(this.bootstrap, this.within(ENVOY, this.root));
  }

  /** Resolves once something holds of its sidecar. @throws Error with what the sidecar says @param seconds @default 60 */
  async until(what: string, holds: () => Promise<boolean>, seconds?: number): Promise<void> {
    if (this.envoy === undefined) throw new Error(`${what}: the sidecar was not started`);
    await this.envoy.until(what, holds, seconds);
  }

  token(token: string): void {
    mountFiles(this.root, '/var/run/firepit/token', { token });
  }

  /** What the warden does once, and again when the certificate is renewed. */
  identify(leaf = this.world.identities[this.name]): void {
    if (leaf === undefined) throw new Error(`no certificate for ${this.name}`);
    mountFiles(this.root, '/var/run/firepit/identity', {
      'tls.crt': leaf.cert,
      'tls.key': leaf.key,
      'ca.crt': leaf.ca,
    });
  }

  async stop(): Promise<void> {
    await this.envoy?.stop();
    this.agent.closeAllConnections();
    this.agent.close();
  }
}
