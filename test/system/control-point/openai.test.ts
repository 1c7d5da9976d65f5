import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openaiTurn, readBy, TOKEN } from '../../services/governor/support/streams';
import { ControlPoint, modelHere } from './control-point';

const PATH = '/models/claude/v1/chat/completions';
const point = new ControlPoint();
beforeAll(
  () =>
    point.start({
      edit: (text) => modelHere(text, '/v1/chat/completions'),
      config: (config) => ({ ...config, models: { claude: { protocol: 'openai', names: ['claude-sonnet-4-5'] } } }),
    }),
  120_000,
);
afterAll(() => point.stop());

const INFER = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hi' }] };
const { claude } = point.world.upstreams;

test('in events: text as it comes, tool uses once they are on record, secrets never', async () => {
  const said = {
    texts: [['key ', TOKEN.slice(0, 20), TOKEN.slice(20), ' end']],
    tools: [{ name: 'search', json: ['{"text":', '"x"}'] }],
  };
  claude.respond = (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    for (const event of openaiTurn(said).split(/(?<=\n\n)/)) response.write(event);
    response.end();
  };
  const answer = await point.back(PATH, { ...INFER, stream: true });
  expect([answer.status, readBy(answer.body)]).toEqual([200, 'key [removed] end']);
  expect(answer.body).toContain('[DONE]');
  expect(point.memory.outcomes).toMatchObject([{ phase: 'response', claims: [{ name: 'search' }] }]);
});

test('in one piece, and a model off the list', async () => {
  claude.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content: `it is ${TOKEN}` } }] }));
  };
  const answer = await point.back(PATH, INFER);
  expect([answer.status, JSON.parse(answer.body).choices[0].message.content]).toEqual([200, 'it is [removed]']);
  claude.received.length = 0;
  const denied = await point.back(PATH, { ...INFER, model: 'gpt-x' });
  expect([denied.status, JSON.parse(denied.body).error.code]).toEqual([403, 'not-permitted']);
  expect(claude.received).toEqual([]);
});
