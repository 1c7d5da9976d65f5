import type { Decision } from '../../../../services/governor/record';
import { askedOf } from '../../../../services/governor/telemetry/asked';
import { config, decision } from './example';

const asked = (change: Partial<Decision>) => askedOf(config, decision(change));
const CHAT = { protocol: 'anthropic', action: 'infer:claude/claude-sonnet-4-5', upstream: 'claude' } as const;

test.each<[string, Partial<Decision>, object]>([
  [
    'execute_tool search',
    {},
    { 'gen_ai.tool.name': 'search', 'firepit.call': 'tickets.search', 'firepit.call.effect': 'read' },
  ],
  ['chat claude-sonnet-4-5', { ...CHAT, model: 'claude-sonnet-4-5' }, { 'gen_ai.request.model': 'claude-sonnet-4-5' }],
  [
    'count_tokens claude-sonnet-4-5',
    { ...CHAT, model: 'claude-sonnet-4-5', path: '/models/claude/v1/messages/count_tokens' },
    {},
  ],
  [
    'invoke_agent triage',
    { door: 'front', protocol: 'http', action: 'ask:triage', upstream: 'triage' },
    { 'firepit.call': 'ask:triage' },
  ],
  ['tools/list', { action: 'tickets:tools/list', operation: undefined }, { 'mcp.method.name': 'tools/list' }],
])('%s', (name, change, attributes) => expect(asked(change)).toMatchObject({ name, attributes }));

test('a stream of an MCP server is no method of it', () =>
  expect(asked({ action: 'tickets:GET', operation: undefined })).toEqual({ name: 'GET', attributes: {} }));

test.each<[string, Partial<Decision>, string]>([
  ['an operation', { action: 'tickets.strange', operation: undefined }, 'execute_tool'],
  ['an operation that looks like a method', { action: 'tickets.:strange', operation: undefined }, 'execute_tool'],
  ['a model', { ...CHAT, action: 'infer:claude/strange', model: 'strange' }, 'chat'],
  ['a model of another one', { ...CHAT, upstream: 'strange', model: 'claude-sonnet-4-5' }, 'chat'],
  ['an agent', { door: 'front', action: 'ask:strange', upstream: 'strange' }, 'invoke_agent'],
  ['a tool', { action: 'strange.search', upstream: 'strange' }, 'unreadable'],
  ['a name of every object', { action: 'constructor.search', upstream: 'constructor' }, 'unreadable'],
  ['nothing', { action: undefined, upstream: undefined, operation: undefined }, 'unreadable'],
])('%s that nobody declared stays out', (_what, change, name) => {
  const found = asked(change);
  expect(found.name).toBe(name);
  expect(JSON.stringify(found)).not.toMatch(/strange|constructor/);
});
