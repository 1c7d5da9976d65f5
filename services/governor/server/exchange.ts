import type { GovernorConfig } from '../../../contract/governor';
import type { DenialAnswer } from '../answer';
import type { Pending } from '../context';
import type { Governor } from '../decide';
import { Denial, denialOf } from '../denial';
import { RUN_ID_HEADER } from '../identify/runs';
import { tunnelOf, withRun } from '../parse/connect-request';
import { all, type Headers, mediaType, one } from '../parse/headers';
import type { HttpRequest } from '../parse/request';
import { outcomeOf } from '../record';
import type { RunState } from '../store';
import { AnswerStream, type StreamParts } from './answer-stream';
import { ended } from './ended';
import type { Kind, Message, Reply } from './messages';
import { holdSeconds, resumed } from './paused';
import type { Share, Shares } from './shares';
import { Tunnel } from './tunnel';
import { type VerdictParts, verdictInTime } from './verdict';

/** What one exchange is judged with. */
export interface ExchangeParts extends StreamParts, VerdictParts {
  readonly config: Pick<GovernorConfig, 'guard' | 'limits' | 'approvals' | 'tools'>;
  readonly governor: Pick<Governor, 'request' | 'turnAway'>;
  readonly shares: Shares;
}

/** How an exchange speaks to Envoy. */
export interface Line {
  /** Answers the part that was asked about. */
  reply(kind: Kind, reply: Reply): void;
  /** Ends the call as failed, unasked: whatever was under way has failed. */
  fail(why: string): void;
}

/** A part that does not belong where it came: Envoy is not ours, or not what it was. Nothing more is said. */
export class OutOfOrder extends Error {
  override readonly name = 'OutOfOrder';
}

type State =
  | 'requestHeaders'
  | 'requestBody'
  | 'responseHeaders'
  | 'responseBody'
  | 'events'
  | 'tunnel'
  | 'responseTrailers'
  | 'over';

const EXPECTED: Readonly<Record<State, readonly Kind[]>> = {
  requestHeaders: ['requestHeaders'],
  requestBody: ['requestBody'],
  responseHeaders: ['responseHeaders'],
  responseBody: ['responseBody'],
  events: ['responseBody', 'responseTrailers'],
  // Both directions at once.
  tunnel: ['requestBody', 'responseHeaders', 'responseBody', 'requestTrailers', 'responseTrailers'],
  responseTrailers: ['responseTrailers'],
  over: [],
};

/** Headers that speak of bytes which are others now. */
const OF_THE_BYTES = ['content-encoding', 'content-md5', 'content-digest', 'repr-digest', 'digest', 'etag'];
/** Longer than any wait of Envoy's own for a byte of a stream. */
const IDLE_ROOM_SECONDS = 60;
const NOTHING = Buffer.alloc(0);
const GONE = 'the caller or the upstream went away';
/** Why nobody waits any more; without one, each exchange would pay for an error and its stack when it ends. */
const LEFT = 'left';

const pseudo = (headers: Headers, name: string): string => {
  const [value, ...more] = all(headers, name);
  if (value === undefined || more.length > 0) throw new OutOfOrder(`found ${name} ${more.length + 1} times or never`);
  return value;
};
const plain = (headers: Headers): Headers => headers.filter(([name]) => !name.startsWith(':'));

/**
 * One HTTP request and its answer, as Envoy tells of them: a part is answered when it was judged, in this order and no
 * other. See docs/decisions/0020.
 */
export class Exchange {
  private state: State = 'requestHeaders';
  private request: Omit<HttpRequest, 'body'> | undefined;
  private share: Share | undefined;
  private answer: { readonly status: number; readonly headers: Headers } | undefined;
  private pending: Pending | undefined;
  private stream: AnswerStream | undefined;
  private tunnel: Tunnel | undefined;
  private run: { state: RunState; unwatch: () => void } | undefined;
  private idle: NodeJS.Timeout | undefined;
  private busy = false;
  private left = false;
  /** Of a call that waits; most never do. */
  private leaving: AbortController | undefined;

  constructor(
    private readonly door: 'front' | 'back',
    private readonly parts: ExchangeParts,
    private readonly line: Line,
  ) {}

  /** Judges one part; the next one is taken when this resolved. @throws OutOfOrder */
  async take(message: Message): Promise<void> {
    if (!EXPECTED[this.state].includes(message.kind) || this.busy)
      throw await this.failed(
        new OutOfOrder(`found ${message.kind}; expected: ${EXPECTED[this.state][0] ?? 'nothing'}`),
      );
    this.busy = true;
    try {
      await this.judge(message);
    } catch (error) {
      throw await this.failed(error);
    } finally {
      this.busy = false;
    }
  }

  /** Nobody asks about this exchange any more. What was under way is on record as not answered. */
  async end(): Promise<void> {
    this.left = true;
    this.leaving?.abort(LEFT);
    this.share?.leave();
    if (this.busy || this.over) return;
    if (this.tunnel !== undefined) await this.tunnel.closed(GONE).catch(() => undefined);
    else await this.failed(new Denial('unavailable', GONE));
  }

  /** Whether the request was judged and answered with a no, or everything has passed. */
  get over(): boolean {
    return this.state === 'over' || this.tunnel?.over === true;
  }

  /** Aborted when nobody waits any more. */
  private whenLeft(): AbortSignal {
    this.leaving ??= new AbortController();
    if (this.left) this.leaving.abort(LEFT);
    return this.leaving.signal;
  }

  private judge(message: Message): Promise<void> {
    switch (this.state) {
      case 'requestHeaders':
        return this.requestHeaders(message);
      case 'requestBody':
        return this.decide(message.kind, message.body, !message.end);
      case 'responseHeaders':
        return this.responseHeaders(message);
      case 'responseBody':
        return this.whole(message);
      case 'events':
        return this.piece(message);
      case 'tunnel':
        return this.through(message);
      default:
        return this.trailers(message);
    }
  }

  private async requestHeaders({ kind, headers, end }: Message): Promise<void> {
    const method = pseudo(headers, ':method');
    const connects = method === 'CONNECT';
    const path = pseudo(headers, connects ? ':authority' : ':path');
    this.request = { door: this.door, method, path, headers: connects ? withRun(plain(headers)) : plain(headers) };
    this.share = this.parts.shares.of(this.request);
    const full = this.share.enter();
    if (full !== undefined) return this.turnAway(kind, { ...this.request, body: NOTHING }, full);
    // What follows a CONNECT is the tunnel.
    if (end || connects) return this.decide(kind, NOTHING, false);
    this.say(kind, { kind: 'continue' }, 'requestBody');
  }

  private async decide(kind: Kind, body: Buffer, trailers: boolean): Promise<void> {
    const http = { ...(this.request as HttpRequest), body, trailers };
    const full = this.share?.load(body.length);
    if (full !== undefined) return this.turnAway(kind, http, full);
    const verdict = await verdictInTime(this.parts, http, {
      left: () => this.whenLeft(),
      ask: (seconds) => this.line.reply(kind, { kind: 'wait', seconds }),
      late: (pending) => this.unanswered(pending),
    }).finally(() => this.share?.unload());
    if (verdict.kind !== 'forward') return this.refuse(kind, verdict.answer);
    this.pending = verdict.pending;
    this.parts.content?.asked(verdict.pending);
    if (this.left) throw new Denial('unavailable', 'the caller went away before the decision');
    const tool = http.method === 'CONNECT' ? tunnelOf(this.parts.config.tools, http.path) : undefined;
    if (tool !== undefined)
      this.tunnel = new Tunnel(verdict.pending, tool, this.parts, (denial) => void this.cut(denial));
    this.say(
      kind,
      { kind: 'continue', set: verdict.headers },
      this.tunnel === undefined ? 'responseHeaders' : 'tunnel',
    );
  }

  private async turnAway(kind: Kind, http: HttpRequest, denial: Denial): Promise<void> {
    this.refuse(kind, (await this.parts.governor.turnAway(http, denial)).answer);
  }

  private async responseHeaders({ kind, headers, end }: Message): Promise<void> {
    const status = Number(pseudo(headers, ':status'));
    this.answer = { status, headers: plain(headers) };
    if (end) return this.inspect(kind, NOTHING, 'over');
    const set = this.told();
    if (!this.isStream()) return this.say(kind, { kind: 'continue', set }, 'responseBody');
    this.open(status);
    this.say(kind, { kind: 'continue', streamed: true, set, remove: [...OF_THE_BYTES, 'content-length'] }, 'events');
  }

  /** Who asked is told the run that it opened, in place of whatever the agent says. */
  private told(): Record<string, string> {
    const run = this.door === 'front' ? this.pending?.run : undefined;
    return run === undefined ? {} : { [RUN_ID_HEADER]: run };
  }

  /** Events, one by one; whatever else comes is judged whole. A header that is not clear is the whole answer's problem. */
  private isStream(): boolean {
    const { headers = [] } = this.answer ?? {};
    try {
      return (
        mediaType(headers) === 'text/event-stream' && (one(headers, 'content-encoding') ?? 'identity') === 'identity'
      );
    } catch {
      return false;
    }
  }

  private async whole({ kind, body, end }: Message): Promise<void> {
    return this.inspect(kind, body, end ? 'over' : 'responseTrailers');
  }

  private async inspect(kind: Kind, body: Buffer, next: State): Promise<void> {
    const { pending, answer } = this;
    if (pending === undefined || answer === undefined) throw new OutOfOrder('an answer to nothing');
    const told = kind === 'responseHeaders' ? this.told() : {};
    const verdict = await this.parts.inspector.answer(pending, { ...answer, body });
    this.pending = undefined;
    if (verdict.kind === 'withhold') return this.refuse(kind, verdict.answer);
    const other = verdict.body;
    if (other === undefined) return this.say(kind, { kind: 'continue', set: told }, next);
    const set = { ...told, 'content-length': String(other.length) };
    this.say(kind, { kind: 'continue', body: other, set, remove: OF_THE_BYTES }, next);
  }

  private async piece({ kind, body, end }: Message): Promise<void> {
    const stream = this.stream as AnswerStream;
    clearTimeout(this.idle);
    let out = await stream.push(body);
    if (end || kind === 'responseTrailers') out = Buffer.concat([out, await stream.end()]);
    await this.goesOn(kind);
    if (kind === 'responseTrailers' && out.length > 0)
      throw new Denial(
        'malformed-answer',
        'the event stream ends in trailers, and no place is left for the last event',
      );
    if (this.left) throw new Denial('unavailable', 'the caller went away');
    const over = end || kind === 'responseTrailers';
    if (over) this.settled();
    else this.watchIdle();
    this.say(
      kind,
      kind === 'responseBody' ? { kind: 'continue', body: out } : { kind: 'continue' },
      over ? 'over' : 'events',
    );
  }

  private async through(message: Message): Promise<void> {
    const tunnel = this.tunnel as Tunnel;
    const reply = await tunnel.part(message);
    if (this.left) await tunnel.closed(GONE);
    this.say(message.kind, reply, 'tunnel');
  }

  /** Trailers are read by nobody here, so nobody gets any. */
  private async trailers({ kind, headers }: Message): Promise<void> {
    this.say(kind, { kind: 'continue', remove: headers.map(([name]) => name) }, 'over');
  }

  private open(status: number): void {
    const pending = this.pending as Pending;
    this.stream = new AnswerStream(pending, status, this.parts);
    this.watchIdle();
    if (pending.run === undefined) return;
    const run = { state: 'open' as RunState, unwatch: (): void => undefined };
    this.run = run;
    run.unwatch = this.parts.runs.watch(pending.run, (state) => {
      run.state = state;
      if (!this.busy && state !== 'open' && state !== 'paused') void this.cut(ended(state));
    });
  }

  /** Before each piece: a stopped run ends, a paused one waits. */
  private async goesOn(kind: Kind): Promise<void> {
    const { run, pending } = this;
    if (run === undefined || pending?.run === undefined || run.state === 'open') return;
    if (run.state !== 'paused') throw ended(run.state);
    const { hold, asked } = holdSeconds(this.parts.config.approvals.deadlineSeconds);
    this.line.reply(kind, { kind: 'wait', seconds: asked });
    await resumed(this.parts.runs, pending.run, hold * 1000, this.whenLeft());
  }

  private watchIdle(): void {
    const seconds = holdSeconds(this.parts.config.approvals.deadlineSeconds).asked + IDLE_ROOM_SECONDS;
    this.idle = setTimeout(() => {
      if (!this.busy) void this.cut(new Denial('malformed-answer', `no event for ${seconds} seconds`));
    }, seconds * 1000).unref();
  }

  private async cut(denial: Denial): Promise<void> {
    if (this.over) return;
    await this.failed(denial);
    this.line.fail(denial.code);
  }

  private refuse(kind: Kind, { status, headers, body }: DenialAnswer): void {
    this.say(kind, { kind: 'immediate', status, headers, body }, 'over');
  }

  private say(kind: Kind, reply: Reply, next: State): void {
    this.state = next;
    if (!this.left) this.line.reply(kind, reply);
  }

  /** Nothing more passes; what was let through and not answered is on record as such. @returns what to throw */
  private async failed(error: unknown): Promise<unknown> {
    if (this.over) return error;
    const { pending } = this;
    const passing = this.stream ?? this.tunnel;
    this.state = 'over';
    this.settled();
    if (pending === undefined) return error;
    try {
      if (passing === undefined) await this.unanswered(pending);
      else await passing.cut(denialOf(error));
    } catch {
      // Nothing passes either way, and the call stays in flight, which counts.
    }
    return error;
  }

  private async unanswered(pending: Pending): Promise<void> {
    await this.parts.recorder.outcome(
      outcomeOf(pending, {
        at: this.parts.clock(),
        phase: 'error',
        status: this.answer?.status ?? 0,
        bodyDigest: undefined,
        claims: [],
        withheld: true,
        code: 'unavailable',
        reason: 'nothing came, or nobody waited for it',
        guard: [],
      }),
    );
  }

  private settled(): void {
    clearTimeout(this.idle);
    this.run?.unwatch();
    this.run = undefined;
    this.pending = undefined;
  }
}
