import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import { certificateName } from '../identify/certificate';
import { tunnelOf } from '../parse/connect-request';
import type { HttpRequest } from '../parse/request';

type Config = Pick<GovernorConfig, 'agents' | 'limits' | 'tools'>;
type Head = Pick<HttpRequest, 'door' | 'method' | 'path' | 'headers'>;

/** Bytes of requests of one agent that are judged at once: a few whole bodies, and a sixth of the `Room` of all agents. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What an agent has under way in one direction. */
interface Held {
  calls: number;
  bytes: number;
}

/** One call's part of what its agent may have under way. */
export class Share {
  private bytes = 0;
  private entered = false;

  constructor(
    private readonly held: Held,
    private readonly most: number,
    private readonly facts: readonly string[],
  ) {}

  /** The call begins. @returns why it may not */
  enter(): Denial | undefined {
    if (this.held.calls >= this.most) return this.tooMany(`${this.most} calls are under way, and that is the limit`);
    this.held.calls++;
    this.entered = true;
    return undefined;
  }

  /** A body is judged from now on. @returns why it may not be */
  load(bytes: number): Denial | undefined {
    if (this.held.bytes + bytes > MOST_BYTES)
      return this.tooMany(`${MOST_BYTES} bytes of other calls are being judged, and that is the limit`);
    this.held.bytes += bytes;
    this.bytes += bytes;
    return undefined;
  }

  /** The body was judged. */
  unload(): void {
    this.held.bytes -= this.bytes;
    this.bytes = 0;
  }

  /** The call is over. */
  leave(): void {
    this.unload();
    if (this.entered) this.held.calls--;
    this.entered = false;
  }

  private tooMany(detail: string): Denial {
    return new Denial('too-many-calls', detail, this.facts);
  }
}

/** What each agent has under way with one governor, tunnels to an opaque host apart, so that none takes what the others need. */
export class Shares {
  private readonly held = new Map<string, Held>();
  private readonly byCertificate: ReadonlyMap<string, string>;

  constructor(private readonly config: Config) {
    this.byCertificate = new Map(
      Object.entries(config.agents).map(([name, { certificateName: certificate }]) => [certificate, name]),
    );
  }

  of(head: Head): Share {
    const agent = this.agentOf(head);
    const tunnel = head.method === 'CONNECT' ? tunnelOf(this.config.tools, head.path) : undefined;
    const key = [head.door, agent ?? '', ...(tunnel === undefined ? [] : [tunnel.name])].join(' ');
    const held = this.held.get(key) ?? { calls: 0, bytes: 0 };
    this.held.set(key, held);
    if (tunnel !== undefined) return new Share(held, tunnel.tunnel.connections, [`${tunnel.name}.tunnel.connections`]);
    return new Share(held, this.config.limits.agentCalls, agent === undefined ? [] : [`${agent}.calls`]);
  }

  /**
   * Which agent a call is of: by the certificate that Envoy verified, or the one that people ask for. It is known before
   * anything else was read, so that who sends slowly is counted as well. Whoever is nobody shares with nobodies.
   */
  private agentOf({ door, path, headers }: Head): string | undefined {
    if (door === 'front') {
      const [, area, name = ''] = path.split(/[/?]/, 3);
      return area === 'agents' && Object.hasOwn(this.config.agents, name) ? name : undefined;
    }
    try {
      return this.byCertificate.get(certificateName(headers));
    } catch {
      return undefined;
    }
  }
}
