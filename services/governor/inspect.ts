import type { GovernorConfig } from '../../contract/governor';
import { type DenialAnswer, denialAnswer } from './answer';
import { digestOfBytes } from './canonical';
import type { Pending } from './context';
import { type Denial, denialOf } from './denial';
import { type Claim, claimsOf } from './explain';
import type { Guard } from './guard/guard';
import { Manifests, type Seen } from './manifest';
import { anthropicAnswer } from './parse/anthropic-answer';
import { decodeBody } from './parse/body';
import { type Headers, mediaType } from './parse/headers';
import { decodeUtf8, type Json, type JsonObject } from './parse/json';
import { mcpAnswer, shownTools } from './parse/mcp-answer';
import { openaiAnswer } from './parse/openai-answer';
import { textsOf } from './parse/parse';
import type { Passage } from './parse/request';
import { answerJson, badAnswer, field, type Turn } from './parse/turn';
import { outcomeOf, type Recorder } from './record';
import type { ContentSink } from './telemetry/telemetry';

/** An upstream's answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export type AnswerVerdict =
  /** `body` replaces the upstream's, without an encoding; undefined where it passes as it is. */
  { readonly kind: 'pass'; readonly body: Buffer | undefined } | Withheld;

export interface Withheld {
  readonly kind: 'withhold';
  readonly denial: Denial;
  readonly answer: DenialAnswer;
}

interface Read {
  readonly value: Json;
  readonly claims: readonly Claim[];
  /** Of a model. */
  readonly turn?: Turn;
  /** What a server shows of its tools. */
  readonly shown?: { readonly tool: string; readonly tools: readonly Json[] };
}

interface Inspected extends Read {
  /** What the guard took out. */
  readonly cleaned: readonly string[];
  /** In place of the upstream's; undefined where that passes. */
  readonly body: Buffer | undefined;
}

const FAILED = 400;
/** Denials of an answer that say why themselves; all others are the upstream's doing. */
const OWN: ReadonlySet<string> = new Set(['guard-blocked', 'tool-changed', 'too-many-calls', 'unavailable']);

/** The same value with other texts, in the order of {@link textsOf}; keys stay. */
export const withTexts = (value: Json, texts: Iterator<string>): Json => {
  if (typeof value === 'string') return texts.next().value as string;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((inner: Json) => withTexts(inner, texts));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, inner]) => {
      if (texts.next().value !== key) throw badAnswer('a key holds what must not pass');
      return [key, withTexts(inner, texts)];
    }),
  );
};

/** The way back of a call: what comes is read, looked at, cleaned or withheld, and handed to the record before it passes. */
export class Inspector {
  constructor(
    private readonly config: Pick<GovernorConfig, 'agents' | 'limits' | 'tools'>,
    private readonly guard: Guard,
    private readonly recorder: Recorder,
    private readonly clock: () => number,
    /** Where what is said may be told. @default - nowhere */
    private readonly content?: ContentSink | undefined,
    private readonly manifests = new Manifests(config.tools),
  ) {}

  async answer(pending: Pending, answer: HttpAnswer): Promise<AnswerVerdict> {
    try {
      const { body, ...read } = await this.inspect(pending, answer);
      const failed = answer.status >= FAILED || (pending.parsed.protocol.kind === 'mcp' && isError(read.value));
      await this.record(pending, answer, failed ? 'error' : 'response', read);
      return { kind: 'pass', body };
    } catch (error) {
      return this.withhold(pending, answer, denialOf(error));
    }
  }

  private async inspect(pending: Pending, answer: HttpAnswer): Promise<Inspected> {
    const bytes = decodeBody(answer.headers, answer.body, this.config.limits.bodyBytes);
    if (bytes.length === 0) return { value: null, claims: [], cleaned: [], body: undefined };
    const { zone } = this.placeOf(pending);
    const text = decodeUtf8(bytes);
    if (mediaType(answer.headers) !== 'application/json') {
      this.plain(pending, answer);
      const clean = await this.text(pending, text);
      if (clean === text) return { value: null, claims: [], cleaned: [], body: undefined };
      return { value: null, claims: [], cleaned: [`removed.${zone}`], body: Buffer.from(clean) };
    }
    const original = answerJson(text, this.config.limits.jsonDepth);
    const passed = await this.message(pending, original, answer.status);
    return { ...passed, body: passed.value === original ? undefined : Buffer.from(JSON.stringify(passed.value)) };
  }

  /** One message as it may pass: the same value where nothing had to be taken out of it. @throws Denial */
  async message(pending: Pending, original: Json, status: number): Promise<Omit<Inspected, 'body'>> {
    const { zone } = this.placeOf(pending);
    const read = this.read(pending, original, status);
    if (read.shown !== undefined)
      await this.manifests.assertPinned(read.shown.tool, read.shown.tools, this.seen(pending));
    const texts = textsOf(read.value);
    const clean = await this.guard.inspect(
      texts.map((t): Passage => ({ zone, text: t })),
      'answer',
    );
    const same = clean.every((t, i) => t === texts[i]);
    const value = same ? read.value : withTexts(read.value, clean[Symbol.iterator]());
    for (const said of read.turn?.texts ?? [resultOf(pending, value)]) this.content?.answered(pending, said);
    return { ...read, value, cleaned: same ? [] : [`removed.${zone}`] };
  }

  /** A text of no known form as it may pass. @throws Denial */
  async text(pending: Pending, text: string): Promise<string> {
    const [clean = ''] = await this.guard.inspect([{ ...this.placeOf(pending), text }], 'answer');
    this.content?.answered(pending, clean);
    return clean;
  }

  placeOf({ parsed: { call } }: Pending): { readonly zone: Passage['zone'] } {
    return { zone: call.kind === 'operation' || call.kind === 'housekeeping' ? 'toolResult' : 'model' };
  }

  /** Models and MCP servers answer in JSON; a failure of something before them may be anything. */
  private plain({ parsed }: Pending, { status }: HttpAnswer): void {
    if (status < FAILED && parsed.protocol.kind !== 'http') throw badAnswer('the answer is not application/json');
  }

  private read({ decision, parsed, caller }: Pending, value: Json, status: number): Read {
    const { call, protocol } = parsed;
    if (protocol.kind === 'anthropic' || protocol.kind === 'openai') {
      const turn =
        protocol.kind === 'anthropic' ? anthropicAnswer(value) : openaiAnswer(value, this.config.limits.jsonDepth);
      return { value, claims: claimsOf(decision, turn.toolUses), turn };
    }
    if (protocol.kind !== 'mcp' || (status >= FAILED && !isRpc(value))) return { value, claims: [] };
    const message = mcpAnswer(value);
    // A stream that the server opened for itself, or takes up again, answers nothing: a list of tools would pass unseen.
    if (message.kind === 'result' && message.id !== protocol.id && !message.isError)
      throw badAnswer('the answer is that of another request');
    if (message.kind !== 'result' || message.isError || call.kind !== 'housekeeping' || call.method !== 'tools/list')
      return { value, claims: [] };
    const { value: granted, tools } = shownTools(message, this.granted(caller.agent, call.tool));
    return { value: granted, claims: [], shown: { tool: call.tool, tools } };
  }

  private seen({ caller, decision }: Pending): Seen {
    return { agent: caller.agent, decision, at: this.clock() };
  }

  private granted(agent: string, tool: string): ReadonlySet<string> {
    const operations = this.config.agents[agent]?.operations ?? [];
    return new Set(operations.flatMap((o) => (o.startsWith(`${tool}.`) ? [o.slice(tool.length + 1)] : [])));
  }

  private async record(
    pending: Pending,
    answer: HttpAnswer,
    phase: 'response' | 'error',
    { claims, turn, cleaned: guard }: Pick<Inspected, 'claims' | 'turn' | 'cleaned'>,
    denial?: Denial,
  ): Promise<void> {
    await this.recorder.outcome(
      outcomeOf(pending, {
        at: this.clock(),
        phase,
        status: answer.status,
        bodyDigest: digestOfBytes(answer.body),
        claims,
        usage: turn?.usage,
        model: turn?.model,
        stop: turn?.stop,
        withheld: denial !== undefined,
        code: denial?.code,
        reason: denial?.detail ?? (guard.length === 0 ? 'the answer passed' : 'the answer passed, cleaned'),
        guard,
      }),
    );
  }

  /** The upstream did what it did: the outcome is an error of the call, and the caller sees nothing of it. */
  async withhold(pending: Pending, answer: HttpAnswer, denial: Denial): Promise<Withheld> {
    // A body that cannot be read is the upstream's doing, whatever the step that noticed calls it.
    const told = OWN.has(denial.code) ? denial : badAnswer(denial.detail);
    try {
      const cleaned = told.code === 'guard-blocked' ? told.facts : [];
      await this.record(pending, answer, 'error', { claims: [], cleaned }, told);
    } catch {
      // Nothing passes either way, and the call stays in flight, which counts.
    }
    return { kind: 'withhold', denial: told, answer: denialAnswer(told, pending.parsed.protocol, pending.decision) };
  }
}

/** What an MCP server answers, without its envelope. */
const resultOf = ({ parsed: { protocol } }: Pending, value: Json): Json =>
  (protocol.kind === 'mcp' ? field(value, 'result') : undefined) ?? value;

const isRpc = (value: Json): boolean => typeof value === 'object' && value !== null && 'jsonrpc' in value;
/** Whether an MCP server says that the call failed. */
export const isError = (value: Json): boolean => {
  const message = value as JsonObject | null;
  return (
    message !== null && (message.error !== undefined || (message.result as JsonObject | undefined)?.isError === true)
  );
};
