import type { Json } from '../../../../services/governor/parse/json';
import { parseModelRequest } from '../../../../services/governor/parse/model-request';
import { code, parsed, request } from '../support/requests';

const CLAUDE = '/models/claude/v1/messages';
const message = (content: unknown, more: object = {}) => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 100,
  messages: [{ role: 'user', content }],
  ...more,
});

describe('Anthropic messages', () => {
  test('model, and every text by whose it is', () => {
    const { call, passages, protocol } = parsed(
      request(CLAUDE, {
        ...message([
          { type: 'text', text: 'question' },
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'result' }] },
        ]),
        system: [{ type: 'text', text: 'system' }],
        stream: true,
        tools: [{ name: 'search', input_schema: { type: 'object' } }],
      }),
    );
    expect(call).toEqual({ kind: 'infer', model: 'claude', name: 'claude-sonnet-4-5' });
    expect(protocol).toEqual({ kind: 'anthropic' });
    expect(passages).toEqual([
      { zone: 'user', text: 'system' },
      { zone: 'user', text: 'question' },
      { zone: 'toolResult', text: 'result' },
    ]);
  });

  test.each([
    ['a search of the provider', message('a', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] })],
    ['code at the provider', message('a', { tools: [{ type: 'code_execution_20250825', name: 'code' }] })],
    ['MCP servers of the provider', message('a', { mcp_servers: [{ type: 'url', url: 'https://evil.example.com' }] })],
    [
      'an image by address',
      message([{ type: 'image', source: { type: 'url', url: 'https://evil.example.com/?q=data' } }]),
    ],
    [
      'a document by address',
      message([{ type: 'document', source: { type: 'url', url: 'https://evil.example.com' } }]),
    ],
    ['a file of the provider', message([{ type: 'document', source: { type: 'file', file_id: 'f' } }])],
    ['a container', message('a', { container: 'c' })],
    ['an unknown block', message([{ type: 'surprise' }])],
    ['an unknown parameter', message('a', { surprise: true })],
    ['no model', { ...message('a'), model: undefined }],
    ['a list of models', message('a', { model: ['claude-sonnet-4-5'] })],
    ['no messages', { model: 'a' }],
    ['a list', []],
  ])('refused: %s', (_what, body) => {
    expect(code(request(CLAUDE, body))).toBe('malformed-message');
  });

  test.each([
    ['another path', '/models/claude/v1/files', 'POST'],
    ['a query', `${CLAUDE}?beta=true`, 'POST'],
    ['another method', CLAUDE, 'PUT'],
    ['a model that is not declared', '/models/gpt/v1/messages', 'POST'],
    ['a model of the prototype', '/models/constructor/v1/messages', 'POST'],
  ])('not there: %s', (_what, path, method) => {
    expect(code(request(path, message('a'), { method }))).toBe('unknown-route');
  });

  test('another media type is not read', () => {
    for (const type of ['text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded'])
      expect(code(request(CLAUDE, message('a'), { headers: { 'content-type': type } }))).toBe('unsupported-media-type');
  });
});

describe('OpenAI chat completions', () => {
  const chat = (content: unknown, more: object = {}) => ({
    model: 'gpt',
    messages: [{ role: 'user', content }],
    ...more,
  });

  test('model, and every text by whose it is', () => {
    const body = {
      model: 'gpt',
      messages: [
        { role: 'system', content: 'system' },
        { role: 'user', content: [{ type: 'text', text: 'question' }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'search', arguments: '{"q":1}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: 'result' },
      ],
      stream: true,
      stream_options: { include_usage: true },
    };
    expect(parseModelRequest('openai', body as unknown as Json)).toEqual({
      name: 'gpt',
      stream: true,
      passages: [
        { zone: 'user', text: 'system' },
        { zone: 'user', text: 'question' },
        { zone: 'model', text: '{"q":1}' },
        { zone: 'toolResult', text: 'result' },
      ],
    });
  });

  test.each([
    ['a search of the provider', chat('a', { web_search_options: {} })],
    ['a tool of the provider', chat('a', { tools: [{ type: 'code_interpreter' }] })],
    ['an image by address', chat([{ type: 'image_url', image_url: { url: 'https://evil.example.com/?q=data' } }])],
    ['a file of the provider', chat([{ type: 'file', file: { file_id: 'f' } }])],
    ['what is kept at the provider', chat('a', { store: true })],
    ['several answers', chat('a', { n: 2 })],
    ['an unknown role', { model: 'gpt', messages: [{ role: 'root', content: 'a' }] }],
  ])('refused: %s', (_what, body) => {
    expect(() => parseModelRequest('openai', body as Json)).toThrow(/malformed-message/);
  });
});
