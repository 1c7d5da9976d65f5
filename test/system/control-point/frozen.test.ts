import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { freePorts, until } from '../envoy/run';
import { ControlPoint } from './control-point';
import { Replica } from './replica';

const point = new ControlPoint();
const { tickets } = point.world.upstreams;
let governor: Replica;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  await point.identify();
  governor = await (await Replica.start(point, `pglite:${join(point.world.root, 'state')}`, { port })).ready();
  await point.world.start({ governor: port });
}, 120_000);
afterAll(async () => {
  await governor.kill();
  await point.stop();
});

const answers = (before: () => void): void => {
  tickets.respond = (_request, response) => {
    before();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'said' }] } }));
  };
};
const ask = () => point.back(MCP, call('search', { text: 'a' }));
const works = async (): Promise<boolean> => (await ask()).status === 200;

// Its connections stay open: only a sign of life that does not come says that nobody is there.
test('a governor that is frozen while an upstream answers: the answer does not pass, and soon nobody waits for it', async () => {
  answers(() => undefined);
  await until('calls pass', works);
  tickets.received.length = 0;
  answers(() => process.kill(governor.pid, 'SIGSTOP'));
  const answer = await ask();
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(answer.body).not.toContain('said');
  expect(tickets.received).toHaveLength(1);
}, 60_000);

test('while it is frozen nothing is forwarded, and when it goes on calls pass again', async () => {
  answers(() => undefined);
  tickets.received.length = 0;
  expect((await ask()).status).toBe(503);
  expect(tickets.received).toEqual([]);
  process.kill(governor.pid, 'SIGCONT');
  await until('calls pass again', works, 30);
}, 60_000);
