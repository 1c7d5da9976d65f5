import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { ControlPoint } from './control-point';

const point = new ControlPoint();
beforeAll(() => point.start());
afterAll(() => point.stop());
const { tickets, triage } = point.world.upstreams;
beforeEach(() => {
  for (const upstream of [tickets, triage]) upstream.received.length = 0;
  point.memory.decisions.length = 0;
  point.memory.outcomes.length = 0;
});

test('MCP', async () => {
  tickets.respond = (_r, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'three' }] } }));
  };
  const answer = await point.back(MCP, call('search', { text: 'a' }));
  console.log(answer, point.lines, point.memory.decisions);
  expect(answer.status).toBe(200);
});
