import type { Pending } from '../context';
import { Denial } from '../denial';
import { helloName } from '../parse/client-hello';
import type { TunnelTool } from '../parse/connect-request';
import { outcomeOf, type Recorder } from '../record';
import type { RunControl, RunState } from '../store';
import { ended } from './ended';
import type { Message, Reply } from './messages';

/** What a tunnel is held with. */
export interface TunnelParts {
  readonly recorder: Recorder;
  readonly runs: Pick<RunControl, 'watch'>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const NOTHING = Buffer.alloc(0);
const OPEN = 200;

const turned = (state: Exclude<RunState, 'open'>): Denial =>
  state === 'paused' ? new Denial('run-paused', 'somebody paused this run, and a tunnel cannot be held') : ended(state);

/**
 * A tunnel to an opaque host. Nobody reads what is in it, so this is what holds it: its first bytes are TLS for the
 * declared host, each piece is counted before it passes, and time or the end of its run cuts it. What passed is on
 * record once, whoever ends it. Whatever is thrown means that nothing more may pass.
 */
export class Tunnel {
  private sent = 0;
  private received = 0;
  private status = 0;
  /** What came of the first message, until it is whole. */
  private hello: Buffer | undefined = NOTHING;
  private recorded = false;
  private readonly began = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly unwatch: () => void;

  /** @param cut called when it has to end between two pieces */
  constructor(
    private readonly pending: Pending,
    private readonly tool: TunnelTool,
    private readonly parts: TunnelParts,
    cut: (denial: Denial) => void,
  ) {
    const { seconds } = tool.tunnel;
    this.timer = setTimeout(() => cut(this.capped('seconds', `it was open for ${seconds} seconds`)), seconds * 1000);
    this.timer.unref();
    this.unwatch =
      pending.run === undefined
        ? () => undefined
        : parts.runs.watch(pending.run, (state) => {
            // It may be told at once, before there is anything to cut.
            if (state !== 'open') setImmediate(() => cut(turned(state)));
          });
  }

  /** Whether it is on record what became of it. */
  get over(): boolean {
    return this.recorded;
  }

  /** One piece of it, in either direction, as it may pass. @throws Denial */
  async part({ kind, headers, body, end }: Message): Promise<Reply> {
    switch (kind) {
      case 'requestBody':
        return { kind: 'continue', body: this.over ? NOTHING : this.sends(body) };
      case 'responseHeaders':
        this.status = Number(headers.find(([name]) => name === ':status')?.[1]);
        break;
      case 'responseBody':
        this.receives(body);
        break;
      default:
        // No protocol here has any, and nobody reads them.
        return { kind: 'continue', remove: headers.map(([name]) => name) };
    }
    if (end) await this.closed('the host closed the tunnel');
    return kind === 'responseBody' ? { kind: 'body', body, end } : { kind: 'continue' };
  }

  /** It ended by itself. */
  async closed(reason: string): Promise<void> {
    await this.record(this.status === OPEN ? reason : 'the host was not reached');
  }

  /** The rest will not pass. */
  async cut(denial: Denial): Promise<void> {
    await this.record(denial.detail, denial);
  }

  private sends(bytes: Buffer): Buffer {
    this.sent += bytes.length;
    this.count();
    if (this.hello === undefined) return bytes;
    this.hello = Buffer.concat([this.hello, bytes]);
    const name = helloName(this.hello);
    if (name === undefined) return NOTHING;
    const host = this.tool.tunnel.to.replace(/:\d+$/, '');
    if (name.toLowerCase() !== host)
      throw new Denial('not-permitted', 'the TLS in the tunnel is for another host than the tunnel', [
        `${this.tool.name}.tunnel.to`,
      ]);
    const first = this.hello;
    this.hello = undefined;
    return first;
  }

  private receives(bytes: Buffer): void {
    if (this.status !== OPEN) return;
    if (this.hello !== undefined && bytes.length > 0)
      throw new Denial('malformed-message', 'the host spoke first, which in TLS no host does');
    this.received += bytes.length;
    this.count();
  }

  private count(): void {
    const { bytes } = this.tool.tunnel;
    if (this.sent + this.received > bytes) throw this.capped('bytes', `more than ${bytes} bytes came`);
  }

  private capped(cap: 'bytes' | 'seconds', what: string): Denial {
    return new Denial('tunnel-capped', what, [`${this.tool.name}.tunnel.${cap}`]);
  }

  private async record(reason: string, denial?: Denial): Promise<void> {
    if (this.recorded) return;
    this.recorded = true;
    clearTimeout(this.timer);
    this.unwatch();
    const { sent, received, status } = this;
    await this.parts.recorder.outcome(
      outcomeOf(this.pending, {
        at: this.parts.clock(),
        phase: denial === undefined && status === OPEN ? 'response' : 'error',
        status,
        bodyDigest: undefined,
        claims: [],
        withheld: denial !== undefined,
        code: denial?.code,
        reason,
        guard: [],
        tunnel: { milliseconds: Math.round(performance.now() - this.began), received, sent },
      }),
    );
  }
}
