import type { ClientHttp2Stream } from 'node:http2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { fieldsOf, openSession } from '../envoy/run';
import { ControlPoint } from './control-point';

const point = new ControlPoint();
const { tickets } = point.world.upstreams;
beforeAll(() => point.start(), 120_000);
afterAll(() => point.stop());

const sent = (stream: ClientHttp2Stream, text: string): Promise<void> =>
  new Promise((done) => void stream.write(text, () => done()));

/** A call of triage whose arguments come in frames of one byte, so many. @returns the status of its answer */
async function inFrames(count: number): Promise<number> {
  const ask = point.world.ask(MCP, point.asks(MCP, {}));
  const session = openSession(ask);
  try {
    const stream = session.request(fieldsOf(ask));
    const status = new Promise<number>((done, fail) => {
      stream.on('response', (headers) => done(Number(headers[':status']))).on('error', fail);
    });
    const text = JSON.stringify(call('search', { text: 'a'.repeat(count) }));
    const all = async (): Promise<void> => {
      for (const byte of text) await sent(stream, byte);
      stream.end();
    };
    // Nobody reads what comes after a refusal.
    await Promise.race([all(), status]);
    return await status;
  } finally {
    session.destroy();
  }
}

test('a body passes in as many pieces as each can have its word', async () => {
  tickets.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
  };
  expect(await inFrames(3_000)).toBe(200);
  expect(tickets.received).toHaveLength(1);
});

test('one that comes in more is refused, on record, and those who send larger pieces go on', async () => {
  tickets.received.length = 0;
  point.memory.decisions.length = 0;
  expect(await inFrames(10_000)).toBe(400);
  expect(tickets.received).toEqual([]);
  expect(point.memory.decisions).toMatchObject([{ effect: 'deny', code: 'malformed-message' }]);
  expect(point.memory.decisions[0]?.reason).toContain('pieces');
  expect((await point.back(MCP, call('search', { text: 'a'.repeat(10_000) }))).status).toBe(200);
});
