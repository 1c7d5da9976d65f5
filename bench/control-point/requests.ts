/** A request of the load, and what it must come to; see `bench/load/attack.go`. */
export interface LoadRequest {
  readonly method: 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  readonly contains: string;
}

export const MODEL = 'gpt-4o-2024-08-06';
/** Stands in every request that must not reach the upstream, which counts them. */
const FORBIDDEN = 'never-forwarded';
/** Bytes of a request's body. */
const BODY = 1024;

const JSON_TYPE = { 'content-type': 'application/json' };
const WORDS = 'The printer on the third floor prints every page twice, and the customer wants a refund. ';

/** Words up to the length that makes the whole body as long as all others. */
const filled = (make: (text: string) => object): string => {
  const text = (length: number): string => WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);
  return JSON.stringify(make(text(BODY - JSON.stringify(make('')).length)));
};

const chatBody = (more: object = {}): string =>
  filled((content) => ({ model: MODEL, max_tokens: 256, messages: [{ role: 'user', content }], ...more }));

/** A chat completion. @param path of the API where it is asked */
export const chat = (path: string, headers: Readonly<Record<string, string>> = {}): LoadRequest => ({
  method: 'POST',
  path,
  headers: { ...JSON_TYPE, ...headers },
  body: chatBody(),
  status: 200,
  contains: '"finish_reason":"stop"',
});

/** The same, answered piece by piece. */
export const streamedChat = (path: string, headers: Readonly<Record<string, string>> = {}): LoadRequest => ({
  ...chat(path, headers),
  body: chatBody({ stream: true }),
  contains: '[DONE]',
});

const MCP = { ...JSON_TYPE, accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' };

const message = (name: string, args: object, id: number | string = 1): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

/** A call of a tool that the agent may use: the body of a chat, in MCP. */
export const toolCall = (headers: Readonly<Record<string, string>>): LoadRequest => ({
  method: 'POST',
  path: '/tools/tickets/mcp',
  headers: { ...MCP, ...headers },
  body: filled((query) => message('search', { query })),
  status: 200,
  contains: '"content"',
});

const marked = (request: LoadRequest, contains: string, body: string): LoadRequest => ({ ...request, contains, body });

/**
 * What an agent must not do, each for a reason of its own; every one carries the mark. Headers are those of a request
 * that is allowed.
 */
export function deniedCorpus(headers: Readonly<Record<string, string>>): LoadRequest[] {
  const [call, ask] = [toolCall(headers), { ...chat('/models/gpt/v1/chat/completions', headers), status: 403 }];
  const tool = (name: string, args: object): string => JSON.stringify(message(name, args, FORBIDDEN));
  return [
    marked(call, 'not-permitted', tool('purge', {})),
    marked(call, 'not-permitted', tool('unheard-of', {})),
    marked(call, 'invalid-argument', tool('reply', { ticket: 'everything', body: 'Thank you.' })),
    marked(ask, 'not-permitted', chatBody({ model: 'gpt-4o-other', user: FORBIDDEN })),
    { ...marked(ask, 'malformed-json', `${chatBody({ user: FORBIDDEN })}}`), status: 400 },
    {
      ...marked(ask, 'run-unknown', chatBody({ user: FORBIDDEN })),
      headers: { ...ask.headers, 'x-firepit-run': 'A'.repeat(43) },
    },
  ];
}
