import { Denial } from '../denial';
import { claimsOf } from '../explain';
import type { Guard } from '../guard/guard';
import { AnthropicStream } from '../parse/anthropic-answer';
import type { Json, JsonObject } from '../parse/json';
import type { ModelProtocol } from '../parse/model-request';
import { OpenaiStream } from '../parse/openai-answer';
import { textsOf } from '../parse/parse';
import { answerJson, field, objectOf, type TurnStream } from '../parse/turn';
import type { Events, Summary, Taken } from './events';
import { HeldText } from './held-text';
import type { SseEvent } from './sse-event';

type Path = readonly (string | number)[];

/** A piece of a growing text inside of an event. */
export interface Piece {
  /** Names the text that grows. */
  readonly of: string;
  /** Where in the event. */
  readonly path: Path;
  readonly text: string;
}

/** What an event says about texts that grow. */
export interface Growth {
  readonly pieces: readonly Piece[];
  /** Pieces of tool uses: looked at once they are whole, because nobody can use half of one. */
  readonly tools: readonly (Omit<Piece, 'path'> & Partial<Piece>)[];
  /** Texts that are whole with this event; `all` of them. */
  readonly whole: readonly string[] | 'all';
  /** Nothing comes after this event. */
  readonly last: boolean;
}

/** How a provider's events carry texts. */
export interface Dialect {
  growth(value: JsonObject): Growth;
  /** An event that carries a rest of a text, made like one that carried a piece of it. */
  carrier(like: JsonObject, of: string, text: string): SseEvent;
}

/** The event whose data is no JSON: the end, in OpenAI's dialect. */
const DONE = '[DONE]';
/** Short texts that come with every event, and were looked at once. */
const KNOWN = { texts: 512, length: 64 };

const withText = (value: Json, [key, ...rest]: Path, text: string): Json => {
  if (key === undefined) return text;
  if (Array.isArray(value)) return value.map((inner: Json, i) => (i === key ? withText(inner, rest, text) : inner));
  const object = value as JsonObject;
  return { ...object, [key]: withText(object[key as string] as Json, rest, text) };
};

/** A turn of a model, event by event: texts pass as far as they were looked at, tool uses once they are on record. */
export class ModelEvents implements Events {
  private readonly turn: TurnStream;
  private readonly texts = new Map<string, { readonly text: HeldText; readonly like: JsonObject }>();
  private readonly tools = new Map<string, string>();
  private readonly known = new Set<string>();
  private failed = false;

  constructor(
    private readonly decision: string,
    private readonly protocol: ModelProtocol,
    private readonly dialect: Dialect,
    private readonly guard: Guard,
    private readonly limits: { readonly jsonDepth: number; readonly decodeDepth: number },
  ) {
    this.turn = protocol === 'anthropic' ? new AnthropicStream(limits.jsonDepth) : new OpenaiStream(limits.jsonDepth);
  }

  get cleaned(): readonly string[] {
    return [...this.texts.values()].some(({ text }) => text.cleaned) ? ['removed.model'] : [];
  }

  async take(event: SseEvent): Promise<Taken> {
    this.turn.event(event.event, event.data);
    if (this.protocol === 'openai' && event.data === DONE) return this.over([...(await this.rest('all')), event]);
    const value = objectOf(answerJson(event.data, this.limits.jsonDepth), 'an event');
    this.failed ||= value.type === 'error' || field(value, 'error') !== undefined;
    const growth = this.dialect.growth(value);
    for (const { of, text } of growth.tools) this.tools.set(of, (this.tools.get(of) ?? '') + text);
    const passed = await this.grown(value, growth);
    const bare = [...growth.pieces, ...growth.tools].reduce<Json>(
      (inner, { path }) => (path === undefined ? inner : withText(inner, path, '')),
      value,
    );
    await this.inspectRest([...textsOf(bare), event.event ?? '', event.id ?? '']);
    const own = passed === value ? event : { ...event, data: JSON.stringify(passed) };
    const events = [...(await this.rest(growth.whole)), own];
    if (growth.last) return this.over(events);
    return this.tools.size > 0 ? { events, waits: true } : { events };
  }

  async end(): Promise<Taken> {
    return { events: await this.rest('all') };
  }

  /** The event with as much of its texts as may pass; the same one where that is all of them. */
  private async grown(value: JsonObject, { pieces, whole }: Growth): Promise<Json> {
    let passed: Json = value;
    for (const { of, path, text } of pieces) {
      const growing = this.texts.get(of) ?? {
        text: new HeldText(this.guard, 'model', this.limits.decodeDepth),
        like: value,
      };
      this.texts.set(of, { ...growing, like: value });
      growing.text.add(text);
      const released = await growing.text.release(whole === 'all' || whole.includes(of));
      if (released !== text) passed = withText(passed, path, released);
    }
    return passed;
  }

  /** What still waits of texts that are whole. */
  private async rest(whole: Growth['whole']): Promise<SseEvent[]> {
    const events: SseEvent[] = [];
    for (const of of whole === 'all' ? [...this.texts.keys()] : whole) {
      const growing = this.texts.get(of);
      const text = await growing?.text.release(true);
      if (growing !== undefined && text !== undefined && text !== '')
        events.push(this.dialect.carrier(growing.like, of, text));
    }
    return events;
  }

  /** What does not grow must be clean as it stands. */
  private async inspectRest(texts: readonly string[]): Promise<void> {
    const unknown = texts.filter((text) => text !== '' && !this.known.has(text));
    if (unknown.length === 0) return;
    await this.clean(unknown);
    for (const text of unknown) if (text.length <= KNOWN.length && this.known.size < KNOWN.texts) this.known.add(text);
  }

  private async clean(texts: readonly string[]): Promise<void> {
    const clean = await this.guard.inspect(
      texts.map((text) => ({ zone: 'model' as const, text })),
      'answer',
    );
    if (clean.some((text, i) => text !== texts[i]))
      throw new Denial('guard-blocked', 'found where nothing can be taken out', ['guard.model']);
  }

  private async over(events: readonly SseEvent[]): Promise<Taken> {
    const turn = this.turn.end();
    const { toolUses } = turn;
    const inside = toolUses.flatMap(({ name, arguments: args }) => [name, ...textsOf(args)]);
    await this.clean([...inside, ...this.tools.values()]);
    const summary: Summary = { failed: this.failed, claims: claimsOf(this.decision, toolUses), turn };
    return { events, over: summary };
  }
}
