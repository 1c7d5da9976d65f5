import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LIMITS } from '../../../lib/gateway/limits';
import { get, until } from './run';
import { World } from './world';

/** How many the back takes here. */
const MOST = 8;
const world = new World();
const CALL = { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' };

beforeAll(() =>
  world.start({
    governor: true,
    edit: (text) => text.replace(`"connection_limit":${LIMITS.agentConnections}`, `"connection_limit":${MOST}`),
  }),
);
afterAll(() => world.stop());

/** Pods that connect and say nothing, more than there is room for; each says when the gateway ended it. */
const fill = (): Promise<unknown>[] =>
  Array.from({ length: 2 * MOST }, () => {
    const socket = connect(world.backPort, '127.0.0.1');
    socket.resume().on('error', () => undefined);
    return once(socket, 'close');
  });
const call = async (): Promise<number> =>
  (await world.back('/tools/tickets/mcp', CALL).catch(() => ({ status: 0 }))).status;

test('who says nothing takes the back from agents alone, and loses it after a few seconds', async () => {
  expect(await call()).toBe(200);
  const held: Promise<unknown>[] = [];
  await until('the back is full', async () => {
    held.push(...fill());
    return (await call()) === 0;
  });
  expect((await world.front('/agents/triage/ask', CALL)).status).toBe(200);
  expect(await get(world.healthPort, '/live')).toBe(200);
  await Promise.all(held);
  await until('agents are let in again', async () => (await call()) === 200);
}, 120_000);
