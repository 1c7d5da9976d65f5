import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call, MCP } from '../../services/governor/support/requests';
import { fieldsOf, openSession } from '../envoy/run';
import { ControlPoint } from './control-point';

const point = new ControlPoint();
const { tickets } = point.world.upstreams;
beforeAll(() => point.start(), 120_000);
afterAll(() => point.stop());

const RESULT = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [] } });

/** A call over HTTP/2, with trailers or none; what came, and the names of trailers that came with it. */
const ask = (trailers?: Record<string, string>) =>
  new Promise<{ status: number; body: string; trailers: string[] }>((done, failed) => {
    const asked = point.world.ask(MCP, point.asks(MCP, call('search')));
    const session = openSession(asked);
    session.on('error', failed);
    const stream = session.request(fieldsOf(asked), { waitForTrailers: trailers !== undefined });
    const came = { status: 0, body: '', trailers: [] as string[] };
    stream.on('response', (head) => {
      came.status = Number(head[':status']);
    });
    stream.on('data', (chunk) => {
      came.body += String(chunk);
    });
    stream.on('trailers', (more) => void came.trailers.push(...Object.keys(more)));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.on('error', failed);
    stream.on('end', () => {
      session.destroy();
      done(came);
    });
    stream.end(asked.body);
  });

test('an answer passes without its trailers', async () => {
  tickets.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.addTrailers({ 'x-more': 'said' });
    response.end(RESULT);
  };
  expect(await ask()).toEqual({ status: 200, body: RESULT, trailers: [] });
});

test('a request with trailers is refused, and on record', async () => {
  tickets.received.length = 0;
  point.memory.decisions.length = 0;
  expect(await ask({ 'x-more': 'said' })).toMatchObject({ status: 400 });
  expect(tickets.received).toEqual([]);
  expect(point.memory.decisions).toMatchObject([{ effect: 'deny', code: 'malformed-message' }]);
}, 30_000);
