import type { Pending } from '../context';
import { Denial } from '../denial';
import type { Guard } from '../guard/guard';
import { type Inspector, isError } from '../inspect';
import { type Json, parseJson } from '../parse/json';
import { mcpAnswer } from '../parse/mcp-answer';
import { answerJson } from '../parse/turn';
import type { Events, Taken } from './events';
import type { SseEvent } from './sse-event';

/** What an answer of events is read with. */
export interface Reader {
  readonly pending: Pending;
  readonly status: number;
  readonly inspector: Pick<Inspector, 'message' | 'placeOf' | 'text'>;
  readonly guard: Pick<Guard, 'inspect'>;
  readonly jsonDepth: number;
}

/** What both kinds of messages have: names of events are looked at too, and what was taken out is kept in mind. */
abstract class Messages implements Events {
  private readonly removed = new Set<string>();
  constructor(protected readonly reader: Reader) {}

  abstract take(event: SseEvent): Promise<Taken>;
  abstract end(): Promise<Taken>;

  get cleaned(): readonly string[] {
    return [...this.removed];
  }

  protected async message(event: SseEvent, value: Json): Promise<SseEvent> {
    const { pending, inspector, status } = this.reader;
    const passed = await inspector.message(pending, value, status);
    for (const what of passed.cleaned) this.removed.add(what);
    return passed.value === value ? event : { ...event, data: JSON.stringify(passed.value) };
  }

  protected async text(event: SseEvent, text: string): Promise<SseEvent> {
    const { pending, inspector } = this.reader;
    const { zone } = inspector.placeOf(pending);
    const clean = await inspector.text(pending, text);
    if (clean === text) return event;
    this.removed.add(`removed.${zone}`);
    return { ...event, data: clean };
  }

  /** What cannot be cleaned must be clean. */
  protected async mustBeClean(texts: readonly string[]): Promise<void> {
    const { zone } = this.reader.inspector.placeOf(this.reader.pending);
    const clean = await this.reader.guard.inspect(
      texts.map((text) => ({ zone, text })),
      'answer',
    );
    if (clean.some((text, i) => text !== texts[i]))
      throw new Denial('guard-blocked', 'found where nothing can be taken out', [`guard.${zone}`]);
  }
}

const named = ({ event, id }: SseEvent): string[] => [event, id].flatMap((text) => text ?? []);

/** An MCP server's stream: each event is one message, and the one that answers the request is the last. */
export class McpEvents extends Messages {
  async take(event: SseEvent): Promise<Taken> {
    await this.mustBeClean(named(event));
    // A server may begin with an id alone, so that the stream can be taken up again.
    if (event.data === '') return { events: [event] };
    const value = answerJson(event.data, this.reader.jsonDepth);
    const passed = await this.message(event, value);
    const asked = this.reader.pending.parsed.protocol;
    const answers = mcpAnswer(value).kind === 'result' && asked.kind === 'mcp' && asked.id !== undefined;
    return { events: [passed], ...(answers ? { over: { failed: isError(value), claims: [] } } : {}) };
  }

  async end(): Promise<Taken> {
    const { protocol } = this.reader.pending.parsed;
    // A stream that answers nothing has no last message.
    const owed = protocol.kind === 'mcp' && protocol.id !== undefined;
    return { events: [], ...(owed ? {} : { over: { failed: false, claims: [] } }) };
  }
}

/** How much of a text that seems to grow is looked at again, and of how many. */
const WINDOW = { length: 1_024, texts: 64 };

const leaves = (value: Json, path = ''): [path: string, text: string][] => {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner as Json, `${path}/${key}`));
};

const jsonOf = (data: string, depth: number): Json | undefined => {
  try {
    return parseJson(data, depth);
  } catch {
    return undefined;
  }
};

/**
 * Events of no known protocol: each is looked at as it stands. Texts that come at the same place one after the other
 * are looked at together too, so that a secret in pieces does not pass whole.
 */
export class PlainEvents extends Messages {
  private readonly grown = new Map<string, string>();

  async take(event: SseEvent): Promise<Taken> {
    await this.mustBeClean(named(event));
    const value = jsonOf(event.data, this.reader.jsonDepth);
    const passed = value === undefined ? await this.text(event, event.data) : await this.message(event, value);
    const seen = value === undefined ? passed.data : (jsonOf(passed.data, this.reader.jsonDepth) ?? '');
    await this.together(leaves(seen));
    return { events: [passed] };
  }

  async end(): Promise<Taken> {
    return { events: [], over: { failed: false, claims: [] } };
  }

  private async together(texts: readonly (readonly [path: string, text: string])[]): Promise<void> {
    const joined: string[] = [];
    for (const [path, text] of texts) {
      const before = this.grown.get(path);
      if (before === undefined && this.grown.size >= WINDOW.texts) continue;
      const whole = (before ?? '') + text;
      this.grown.set(path, whole.slice(-WINDOW.length));
      if (before !== undefined) joined.push(whole);
    }
    await this.mustBeClean(joined);
  }
}
