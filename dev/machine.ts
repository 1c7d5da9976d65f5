import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { providersOf } from '../lib/declaration/people';
import { entriesOf } from '../lib/entries';
import { audienceOf, namesOf, objectName, PORT } from '../lib/names';
import { type SidecarPorts, startGateway, startSidecar } from './data-plane';
import { Front } from './front';
import type { Generated } from './generated';
import { startGovernor, startLedger } from './governor';
import { IdentityProvider } from './identity';
import { freePorts } from './loopback';
import { Pki } from './pki';
import type { Recorded } from './records';
import { Records } from './records';
import type { StateFolder } from './state';
import { type Person, personFor } from './steps';
import { Upstreams } from './upstreams';

export interface MachineProps {
  readonly generated: Generated;
  readonly envoy: string;
  readonly state: StateFolder;
  /** Where an agent listens, once it is known where its sidecar is, and who signs the certificates here, in PEM. */
  readonly agentPort: (agent: string, sidecar: SidecarPorts, ca: string) => Promise<number> | number;
  /** Told of each entry that became durable. */
  readonly told: (recorded: Recorded) => void;
}

type Stop = () => Promise<void> | void;

/** One environment on this machine: what the cluster would run, from the same configuration, on loopback. */
export class Machine {
  readonly outbound: Record<string, number> = {};
  records!: Records;
  upstreams!: Upstreams;
  front!: Front;
  frontPort = 0;
  provider!: IdentityProvider;
  private readonly root = mkdtempSync(join(tmpdir(), 'firepit-dev-run-'));
  private readonly stops: Stop[] = [() => rmSync(this.root, { recursive: true, force: true })];

  private constructor(private readonly props: MachineProps) {}

  /** @param signal once it is aborted nothing more is started @throws whatever stopped it; then nothing runs */
  static async start(props: MachineProps, signal: AbortSignal): Promise<Machine> {
    // As the governor's pod runs: Cedar's WebAssembly and a busy database crash the optimizer of Node 20 otherwise.
    setFlagsFromString('--no-turbo-inline-js-wasm-calls');
    const machine = new Machine(props);
    try {
      await machine.run(signal);
      return machine;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** CA certificate of everything here. */
  get ca(): string {
    return join(this.root, 'ca.crt');
  }

  /** A token of somebody who may ask the agent. */
  person(agent: string, person?: Person): Promise<string> {
    const { users, agents } = this.props.generated.declaration;
    const [[, first]] = providersOf(users);
    return this.provider.person(person ?? personFor(agents[agent]?.mayAsk ?? []), first);
  }

  /** Ends everything, last first; what was recorded is signed. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0).reverse()) await stop();
  }

  private folder(name: string): string {
    return join(this.root, name);
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { generated, state, envoy: program, told } = this.props;
    const { declaration } = generated;
    const names = namesOf(declaration.name);
    const pki = new Pki(this.folder('pki'));
    writeFileSync(this.ca, pki.ca);
    this.provider = new IdentityProvider(pki.leaf('localhost'));
    this.upstreams = new Upstreams(declaration, pki);
    await this.provider.listen();
    this.stops.push(() => this.provider.close());
    const hosts = await this.upstreams.listen();
    this.stops.push(() => this.upstreams.close());
    signal.throwIfAborted();

    const governed = { generated, state };
    const governor = await startGovernor(
      { ...governed, root: this.folder('governor'), identity: pki.leaf(names.service('governor')) },
      this.provider,
    );
    this.stops.push(() => governor.stop());
    const ledger = await startLedger({
      ...governed,
      root: this.folder('ledger'),
      identity: pki.leaf(names.service('ledger')),
    });
    this.stops.push(() => ledger.stop());
    this.records = await Records.follow(state.database, told);
    this.stops.push(() => this.records.stop());
    signal.throwIfAborted();

    const [front, back] = (await freePorts(2)) as [number, number];
    this.frontPort = front;
    const [{ host }] = entriesOf(declaration);
    this.front = new Front(front, host, pki.ca);
    const sidecars = await this.sidecarPorts();
    for (const [agent, { inbound }] of Object.entries(sidecars))
      hosts[`${names.agentHost(agent)}.cluster.local:${PORT.https}`] = inbound;
    hosts[`${names.service('governor')}.cluster.local:${PORT.decide}`] = governor.port;
    const leaves = {
      gateway: pki.leaf(names.service('gateway')),
      front: pki.leaf(host, names.service('gateway'), 'localhost'),
    };
    const gateway = await startGateway({ program, generated, root: this.folder('gateway') }, leaves, {
      front,
      back,
      hosts,
    });
    this.stops.push(() => gateway.stop());
    for (const [agent, ports] of Object.entries(sidecars)) {
      signal.throwIfAborted();
      const account = `system:serviceaccount:${names.agents}:${objectName(agent)}`;
      const token = await this.provider.account(account, audienceOf(names.environment));
      const sidecar = await startSidecar(
        { program, generated, root: this.folder(`agent-${objectName(agent)}`) },
        agent,
        { leaf: pki.leaf(names.agentHost(agent)), token },
        { ...ports, back, agent: await this.props.agentPort(agent, ports, pki.ca) },
      );
      this.stops.push(() => sidecar.stop());
      this.outbound[agent] = ports.outbound;
    }
    signal.throwIfAborted();
  }

  private async sidecarPorts(): Promise<Record<string, SidecarPorts>> {
    const agents = Object.keys(this.props.generated.declaration.agents);
    const ports = await freePorts(2 * agents.length);
    return Object.fromEntries(
      agents.map((agent, i) => [agent, { inbound: ports[2 * i] as number, outbound: ports[2 * i + 1] as number }]),
    );
  }
}
