import type { Entry } from '../../../contract';
import { call, MCP } from '../../services/governor/support/requests';
import { anthropicTurn } from '../../services/governor/support/streams';
import type { Answer } from '../envoy/run';
import type { ControlPoint } from './control-point';
import { type Seen, traceOf } from './kill-history';
import type { Wire } from './wire';

/** Where something may happen in the life of a call, as far as this process sees it. */
export const POINTS = [
  'before a decision leaves the governor',
  'while the database writes a decision',
  'after a decision is kept, before the governor knows',
  'after the governor knows that a decision is kept',
  'when the upstream is asked',
  'in the middle of the answer',
  'before an outcome leaves the governor',
  'after an outcome is kept, before the governor knows',
  'after the governor knows that an outcome is kept',
] as const;
export type Point = (typeof POINTS)[number];

const WHOLE = {
  search: ({ body }: Answer): boolean => body.includes('answer '),
  reply: ({ body }: Answer): boolean => body.includes('answer '),
  infer: ({ body }: Answer): boolean => body.includes('message_stop'),
};

const what = (entries: readonly Entry[]): 'a decision' | 'an outcome' | undefined => {
  const kinds = entries.map(({ kind }) => kind);
  return kinds.includes('decision') ? 'a decision' : kinds.includes('outcome') ? 'an outcome' : undefined;
};

/** Calls of triage, and everything that is seen of them: by their caller, by their upstream, and on the wire. */
export class Calls {
  readonly seen: Seen[] = [];
  private count = 0;

  /** @param at told of each point; false: nothing goes on from here */
  constructor(
    private readonly point: ControlPoint,
    wire: Wire,
    private readonly at: (point: Point) => boolean | Promise<boolean>,
  ) {
    wire.hooks = {
      asked: (entries) => this.at(`before ${what(entries)} leaves the governor` as Point),
      sent: (entries) => {
        if (what(entries) === 'a decision') void this.at('while the database writes a decision');
      },
      kept: (entries) => {
        this.seen.push(...entries.map((entry) => ({ kind: 'kept', entry }) as const));
        return this.at(`after ${what(entries)} is kept, before the governor knows` as Point) !== false;
      },
      told: (entries) => void this.at(`after the governor knows that ${what(entries)} is kept` as Point),
    };
    this.answer();
  }

  /** How many requests the upstreams have seen. */
  get reached(): number {
    return this.seen.filter(({ kind }) => kind === 'reached').length;
  }

  /** One call. @returns its answer, and whether that is all of what the upstream says */
  async ask(operation: keyof typeof WHOLE): Promise<Answer & { readonly whole: boolean }> {
    const id = this.count++;
    const text = `call-${id}`;
    const headers = { traceparent: `00-${traceOf(id)}-00000000000000a1-01` };
    this.seen.push({ kind: 'asked', call: id });
    const messages = [{ role: 'user', content: text }];
    const answer = await (operation === 'infer'
      ? this.point.back(
          '/models/claude/v1/messages',
          { model: 'claude-sonnet-4-5', max_tokens: 9, stream: true, messages },
          headers,
        )
      : this.point.back(
          MCP,
          call(operation, operation === 'search' ? { text } : { ticket: 'T-1', body: text }),
          headers,
        ));
    const whole = answer.status === 200 && WHOLE[operation](answer);
    this.seen.push({ kind: 'answered', call: id, whole });
    return { ...answer, whole };
  }

  /** Upstreams that answer with the number of the call. */
  private answer(): void {
    const { tickets, claude } = this.point.world.upstreams;
    const asked = (body: string): number => {
      const id = Number(/call-(\d+)/.exec(body)?.[1]);
      this.seen.push({ kind: 'reached', call: id });
      void this.at('when the upstream is asked');
      return id;
    };
    tickets.respond = ({ body }, response) => {
      const text = `answer ${asked(body)}`;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } }));
    };
    claude.respond = async ({ body }, response) => {
      const events = anthropicTurn({ texts: [['answer ', String(asked(body))]] }).split(/(?<=\n\n)/);
      response.setHeader('content-type', 'text/event-stream');
      for (const [i, event] of events.entries()) {
        if (response.destroyed) return;
        response.write(event);
        if (i === 3) void this.at('in the middle of the answer');
        await new Promise(setImmediate);
      }
      response.end();
    };
  }
}
