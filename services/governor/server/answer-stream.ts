import { createHash } from 'node:crypto';
import type { GovernorConfig } from '../../../contract/governor';
import type { Pending } from '../context';
import type { Denial } from '../denial';
import type { Guard } from '../guard/guard';
import type { Inspector } from '../inspect';
import { EventStream } from '../parse/sse';
import { badAnswer } from '../parse/turn';
import { outcomeOf, type Recorder } from '../record';
import type { ContentSink } from '../telemetry/telemetry';
import { DIALECTS } from './dialects';
import type { Events, Summary, Taken } from './events';
import { McpEvents, PlainEvents, type Reader } from './message-events';
import { ModelEvents } from './model-events';
import { written } from './sse-event';

/** What a stream of events is inspected with. */
export interface StreamParts {
  readonly config: Pick<GovernorConfig, 'guard' | 'limits'>;
  readonly inspector: Inspector;
  readonly guard: Guard;
  readonly recorder: Recorder;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Where what is said may be told. @default - nowhere */
  readonly content?: ContentSink | undefined;
}

/** A stream may be this many times as large as what is judged whole; a single event may not. */
const LONGEST_STREAM = 16;
const FAILED = 400;

const eventsOf = (pending: Pending, status: number, { config, inspector, guard }: StreamParts): Events => {
  const { protocol } = pending.parsed;
  const { jsonDepth } = config.limits;
  const reader: Reader = { pending, status, inspector, guard, jsonDepth };
  switch (protocol.kind) {
    case 'anthropic':
    case 'openai':
      return new ModelEvents(pending.decision, protocol.kind, DIALECTS[protocol.kind], guard, {
        jsonDepth,
        decodeDepth: config.guard.model.maxDecodeDepth,
      });
    case 'mcp':
      return new McpEvents(reader);
    // A tunnel has no events: see tunnel.ts.
    case 'connect':
    case 'http':
      return new PlainEvents(reader);
  }
};

/**
 * An answer in events: whole events are read, looked at and passed on one by one, and the answer is with the record before
 * its last event passes. Whatever is thrown means that nothing more may pass.
 */
export class AnswerStream {
  private readonly parser: EventStream;
  private readonly events: Events;
  private readonly digest = createHash('sha256');
  private readonly limit: number;
  private length = 0;
  private waiting = '';
  private waits = false;
  private recorded = false;

  constructor(
    private readonly pending: Pending,
    private readonly status: number,
    private readonly parts: StreamParts,
  ) {
    this.limit = parts.config.limits.bodyBytes;
    this.parser = new EventStream(this.limit);
    this.events = eventsOf(pending, status, parts);
  }

  /** What may be passed on once this much has come. @throws Denial */
  async push(bytes: Buffer): Promise<Buffer> {
    this.length += bytes.length;
    if (this.length > this.limit * LONGEST_STREAM)
      throw badAnswer(`a stream of more than ${this.limit * LONGEST_STREAM} bytes`);
    this.digest.update(bytes);
    let out = '';
    for (const event of this.parser.push(bytes)) {
      if (this.recorded) throw badAnswer('an event after the last one');
      out += await this.pass(await this.events.take(event));
    }
    return Buffer.from(out);
  }

  /** What may be passed on once the upstream has ended the stream. @throws Denial */
  async end(): Promise<Buffer> {
    this.parser.end();
    if (this.recorded) return Buffer.alloc(0);
    const taken = await this.events.end();
    if (taken.over !== undefined) return Buffer.from(await this.pass(taken));
    if (this.waits) throw badAnswer('the stream ended before the tool uses in it were whole');
    const out = await this.pass(taken);
    await this.record({ failed: true, claims: [] }, 'the stream ended before its last event');
    return Buffer.from(out);
  }

  /** The rest will not pass. */
  async cut(denial: Denial): Promise<void> {
    if (!this.recorded) await this.record({ failed: true, claims: [] }, denial.detail, denial);
  }

  private async pass({ events, waits, over }: Taken): Promise<string> {
    this.waiting += events.map(written).join('');
    this.waits ||= waits === true;
    if (over !== undefined) {
      await this.record(over, this.events.cleaned.length === 0 ? 'the answer passed' : 'the answer passed, cleaned');
    } else if (this.waits) {
      if (this.waiting.length > this.limit) throw badAnswer(`a turn of more than ${this.limit} bytes with tool uses`);
      return '';
    }
    const out = this.waiting;
    this.waiting = '';
    return out;
  }

  private async record({ failed, claims, turn }: Summary, reason: string, denial?: Denial): Promise<void> {
    // One outcome for a decision, whatever becomes of it: what is not sure to be on record does not pass either.
    this.recorded = true;
    for (const text of turn?.texts ?? []) this.parts.content?.answered(this.pending, text);
    await this.parts.recorder.outcome(
      outcomeOf(this.pending, {
        at: this.parts.clock(),
        phase: failed || this.status >= FAILED ? 'error' : 'response',
        status: this.status,
        bodyDigest: `sha256:${this.digest.copy().digest('hex')}`,
        claims,
        usage: turn?.usage,
        model: turn?.model,
        stop: turn?.stop,
        withheld: denial !== undefined,
        code: denial?.code,
        reason,
        guard: denial?.facts ?? this.events.cleaned,
      }),
    );
  }
}
