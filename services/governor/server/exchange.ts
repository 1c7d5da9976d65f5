import type { GovernorConfig } from '../../../contract/governor';
import type { DenialAnswer } from '../answer';
import type { Pending } from '../context';
import type { Governor } from '../decide';
import { Denial, denialOf } from '../denial';
import { RUN_ID_HEADER } from '../identify/runs';
import { tunnelOf, withRun } from '../parse/connect-request';
import type { Headers } from '../parse/headers';
import type { HttpRequest } from '../parse/request';
import { outcomeOf } from '../record';
import type { RunState } from '../store';
import { AnswerStream, type StreamParts } from './answer-stream';
import { ended } from './ended';
import { isEventStream } from './events';
import type { Kind, Message, Reply } from './messages';
import { EXPECTED, OutOfOrder, pseudo, type State } from './order';
import { holdSeconds, resumed } from './paused';
import type { Share, Shares } from './shares';
import { Tunnel } from './tunnel';
import { type VerdictParts, verdictInTime } from './verdict';
import { Whole } from './whole';

/** What one exchange is judged with. */
export interface ExchangeParts extends StreamParts, VerdictParts {
  readonly config: Pick<GovernorConfig, 'guard' | 'limits' | 'approvals' | 'tools'>;
  readonly governor: Pick<Governor, 'request' | 'turnAway'>;
  readonly shares: Shares;
}

/** How an exchange speaks to Envoy. */
export interface Line {
  /** What becomes of a part. Envoy takes parts in their order, each once, and bodies in as many pieces as there are. */
  reply(kind: Kind, reply: Reply): void;
  /** Ends the call as failed, unasked: whatever was under way has failed. */
  fail(why: string): void;
}

/** Headers that speak of bytes which are others now. Envoy takes the length away by itself. */
const OF_THE_BYTES = ['content-encoding', 'content-md5', 'content-digest', 'repr-digest', 'digest', 'etag'];
/** Longer than any wait of Envoy's own for a byte of a stream. */
const IDLE_ROOM_SECONDS = 60;
/** Less than Envoy waits for a word about what it told. */
const STALLED_SECONDS = 8;
/** Of a request: each has a word of its own, all at once. The longest body may come in pieces of 512 bytes. */
const MOST_PIECES = 4_096;
const NOTHING = Buffer.alloc(0);
const GONE = 'the caller or the upstream went away';
/** Why nobody waits any more; without one, each exchange would pay for an error and its stack when it ends. */
const LEFT = 'left';

const tooManyPieces = (): Denial =>
  new Denial('malformed-message', `the body came in more than ${MOST_PIECES} pieces; send it in larger ones`);
const stalledBody = (): Denial =>
  new Denial('malformed-message', `nothing of the body came for ${STALLED_SECONDS} seconds, or it has trailers`);
const plain = (headers: Headers): Headers => headers.filter(([name]) => !name.startsWith(':'));
const without = (headers: Headers): Reply => ({ kind: 'continue', remove: headers.map(([name]) => name) });

/**
 * One HTTP request and its answer, as Envoy tells of them, which waits for nothing to tell the next part. Nothing of a
 * request is answered before all of it was judged, headers included; likewise of an answer, but for events and tunnels.
 * See docs/decisions/0020 and 0039.
 */
export class Exchange {
  private state: State = 'requestHeaders';
  private request: Omit<HttpRequest, 'body'> | undefined;
  private share: Share | undefined;
  private answer: { readonly status: number; readonly headers: Headers } | undefined;
  private pending: Pending | undefined;
  private whole: Whole;
  private stream: AnswerStream | undefined;
  private tunnel: Tunnel | undefined;
  private run: { state: RunState; unwatch: () => void } | undefined;
  private idle: NodeJS.Timeout | undefined;
  private stalled: NodeJS.Timeout | undefined;
  private busy = false;
  private left = false;
  /** Of a call that waits; most never do. */
  private leaving: AbortController | undefined;

  constructor(
    private readonly door: 'front' | 'back',
    private readonly parts: ExchangeParts,
    private readonly line: Line,
  ) {
    this.whole = new Whole(parts.config.limits.bodyBytes);
  }

  /** Bytes of a body that wait for the rest of it. */
  get held(): number {
    return this.whole.length;
  }

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
    clearTimeout(this.stalled);
    this.leaving?.abort(LEFT);
    this.share?.leave();
    if (this.busy || this.over) return;
    if (this.tunnel !== undefined) await this.tunnel.closed(GONE).catch(() => undefined);
    else await this.failed(new Denial('unavailable', GONE));
  }

  /** Whether the request was judged and answered with a no, or everything has passed. */
  get over(): boolean {
    return this.state === 'over' || this.state === 'refused' || this.tunnel?.over === true;
  }

  /** Aborted when nobody waits any more. */
  private whenLeft(): AbortSignal {
    this.leaving ??= new AbortController();
    if (this.left) this.leaving.abort(LEFT);
    return this.leaving.signal;
  }

  private async judge(message: Message): Promise<void> {
    switch (this.state) {
      case 'requestHeaders':
        return this.requestHeaders(message);
      case 'requestBody':
        return this.requestBody(message);
      case 'responseHeaders':
        return this.responseHeaders(message);
      case 'responseBody':
        return this.responseBody(message);
      case 'events':
        return this.piece(message);
      case 'tunnel':
        return this.through(message);
      default:
        return undefined;
    }
  }

  private async requestHeaders({ kind, headers, end }: Message): Promise<void> {
    const method = pseudo(headers, ':method');
    const connects = method === 'CONNECT';
    const path = pseudo(headers, connects ? ':authority' : ':path');
    this.request = { door: this.door, method, path, headers: connects ? withRun(plain(headers)) : plain(headers) };
    this.share = this.parts.shares.of(this.request);
    const full = this.share.enter();
    if (full !== undefined) return this.turnAway(full);
    // What follows a CONNECT is the tunnel.
    if (end || connects) return this.decide(kind, NOTHING);
    this.state = 'requestBody';
    this.watchBody();
  }

  private async requestBody(message: Message): Promise<void> {
    clearTimeout(this.stalled);
    const full = this.whole.pieces < MOST_PIECES ? this.add(message) : tooManyPieces();
    if (full !== undefined) return this.turnAway(full);
    if (message.end) return this.decide(message.kind, this.whole.bytes());
    this.watchBody();
  }

  /** Envoy says nothing of trailers before it knows what becomes of the body: they are a body that has no end. */
  private watchBody(): void {
    this.stalled = setTimeout(() => {
      if (!this.busy && this.state === 'requestBody')
        void this.turnAway(stalledBody()).catch(() => this.line.fail('unavailable'));
    }, STALLED_SECONDS * 1000).unref();
  }

  /** @returns why there is no room for this piece of a body */
  private add({ body }: Message): Denial | undefined {
    return this.share?.load(body.length) ?? this.whole.add(body);
  }

  private emptied(): void {
    this.whole = new Whole(this.parts.config.limits.bodyBytes);
    this.share?.unload();
  }

  /** @param last part of the request */
  private async decide(last: Kind, body: Buffer): Promise<void> {
    const http = { ...(this.request as Omit<HttpRequest, 'body'>), body };
    const { pieces } = this.whole;
    const verdict = await verdictInTime(this.parts, http, {
      left: () => this.whenLeft(),
      ask: (seconds) => this.line.reply(last, { kind: 'wait', seconds }),
      late: (pending) => this.unanswered(pending),
    }).finally(() => this.emptied());
    if (verdict.kind !== 'forward') return this.refuse(verdict.answer);
    this.pending = verdict.pending;
    this.parts.content?.asked(verdict.pending);
    if (this.left) throw new Denial('unavailable', 'the caller went away before the decision');
    const tool = http.method === 'CONNECT' ? tunnelOf(this.parts.config.tools, http.path) : undefined;
    if (tool !== undefined)
      this.tunnel = new Tunnel(verdict.pending, tool, this.parts, (denial) => void this.cut(denial));
    const next = this.tunnel === undefined ? 'responseHeaders' : 'tunnel';
    this.say('requestHeaders', { kind: 'continue', set: verdict.headers }, next);
    for (let piece = 0; piece < pieces; piece++) this.say('requestBody', { kind: 'continue' }, next);
  }

  private async turnAway(denial: Denial): Promise<void> {
    // What comes while it is recorded changes nothing any more.
    this.state = 'refused';
    const http = { ...(this.request as Omit<HttpRequest, 'body'>), body: NOTHING };
    this.emptied();
    this.refuse((await this.parts.governor.turnAway(http, denial)).answer);
  }

  private async responseHeaders({ kind, headers, end }: Message): Promise<void> {
    const status = Number(pseudo(headers, ':status'));
    this.answer = { status, headers: plain(headers) };
    if (end) return this.inspect(kind, []);
    this.state = 'responseBody';
    if (!isEventStream(headers)) return;
    this.open(status);
    this.say(kind, { kind: 'continue', set: this.told(), remove: OF_THE_BYTES }, 'events');
  }

  private async responseBody(message: Message): Promise<void> {
    const full = this.add(message);
    if (full !== undefined) return this.withhold(full);
    if (message.end) await this.inspect(message.kind, message.headers);
  }

  /** Who asked is told the run that it opened, in place of whatever the agent says. */
  private told(pending = this.pending): Record<string, string> {
    const run = this.door === 'front' ? pending?.run : undefined;
    return run === undefined ? {} : { [RUN_ID_HEADER]: run };
  }

  /** @param trailers of the answer: nobody here reads any, so nobody gets any */
  private async inspect(last: Kind, trailers: Headers): Promise<void> {
    const { pending, answer } = this.asked();
    const body = this.whole.bytes();
    const verdict = await this.parts.inspector.answer(pending, { ...answer, body });
    this.pending = undefined;
    this.emptied();
    if (verdict.kind === 'withhold') return this.refuse(verdict.answer);
    const remove = verdict.body === undefined ? [] : OF_THE_BYTES;
    this.say('responseHeaders', { kind: 'continue', set: this.told(pending), remove }, 'over');
    if (last === 'responseHeaders') return;
    this.say('responseBody', { kind: 'body', body: verdict.body ?? body, end: last === 'responseBody' }, 'over');
    if (last === 'responseTrailers') this.say(last, without(trailers), 'over');
  }

  private async withhold(denial: Denial): Promise<void> {
    const { pending, answer } = this.asked();
    this.pending = undefined;
    this.emptied();
    this.refuse((await this.parts.inspector.withhold(pending, { ...answer, body: NOTHING }, denial)).answer);
  }

  private asked(): { readonly pending: Pending; readonly answer: NonNullable<Exchange['answer']> } {
    const { pending, answer } = this;
    if (pending === undefined || answer === undefined) throw new OutOfOrder('an answer to nothing');
    return { pending, answer };
  }

  private async piece({ kind, headers, body, end }: Message): Promise<void> {
    const stream = this.stream as AnswerStream;
    clearTimeout(this.idle);
    let out = await stream.push(body);
    if (end) out = Buffer.concat([out, await stream.end()]);
    await this.goesOn();
    if (this.left) throw new Denial('unavailable', 'the caller went away');
    if (end) this.settled();
    else this.watchIdle();
    const whole = kind === 'responseBody' && end;
    const next = end ? 'over' : 'events';
    if (out.length > 0 || whole) this.say('responseBody', { kind: 'body', body: out, end: whole }, next);
    if (kind === 'responseTrailers') this.say(kind, without(headers), next);
  }

  private async through(message: Message): Promise<void> {
    const tunnel = this.tunnel as Tunnel;
    const reply = await tunnel.part(message);
    if (this.left) await tunnel.closed(GONE);
    this.say(message.kind, reply, 'tunnel');
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
  private async goesOn(): Promise<void> {
    const { run, pending } = this;
    if (run === undefined || pending?.run === undefined || run.state === 'open') return;
    if (run.state !== 'paused') throw ended(run.state);
    const { hold } = holdSeconds(this.parts.config.approvals.deadlineSeconds);
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

  /** In place of the request's part that comes next, or of all of the answer. */
  private refuse({ status, headers, body }: DenialAnswer): void {
    const kind = this.answer === undefined ? 'requestHeaders' : 'responseHeaders';
    this.say(kind, { kind: 'immediate', status, headers, body }, 'refused');
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
