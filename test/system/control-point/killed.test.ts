/** @jest-environment ./test/system/ledger/outside.js */
import { join } from 'node:path';
import { openDatabase, readFrom } from '../../../services/state';
import { call, MCP } from '../../services/governor/support/requests';
import { anthropicTurn } from '../../services/governor/support/streams';
import { freePorts, until } from '../envoy/run';
import { ControlPoint, modelHere } from './control-point';
import { Replica } from './replica';

jest.mock('@electric-sql/pglite', () => (globalThis as unknown as { pglite: object }).pglite);

const point = new ControlPoint();
const { tickets, claude } = point.world.upstreams;
const STATE = `pglite:${join(point.world.root, 'state')}`;
let victim: Replica | undefined;
let port = 0;

/** Starts the governor on what the one before left. */
async function live(): Promise<void> {
  victim = await (await Replica.start(point, STATE, { port })).ready();
}
/** Entries of the log, once nobody else has the database. */
async function entries(): Promise<string[]> {
  const database = await openDatabase(STATE, 'owner');
  try {
    return (await readFrom(database, 0, 1000)).map((entry) => JSON.stringify(entry));
  } finally {
    await database.close();
  }
}

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  await point.identify();
  await live();
  await point.world.start({ governor: port, edit: modelHere });
}, 120_000);
afterAll(async () => {
  await victim?.kill();
  await point.stop();
});

const answers = (): void => {
  tickets.respond = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [] } }));
  };
};

test('killed while an upstream answers: the answer does not pass, and the decision was on record before the call', async () => {
  tickets.respond = (_request, response) => {
    void victim?.kill().then(() => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'late' }] } }));
    });
  };
  const answer = await point.back(MCP, call('search', { text: 'a' }));
  expect(answer.status).not.toBe(200);
  expect(answer.body).not.toContain('late');
  expect(tickets.received).toHaveLength(1);
  expect((await entries()).filter((entry) => entry.includes('tickets.search') && entry.includes('allow'))).toHaveLength(
    1,
  );
}, 120_000);

test('while it is away nothing passes, and when it is back calls do', async () => {
  answers();
  tickets.received.length = 0;
  for (let i = 0; i < 5; i++) expect((await point.back(MCP, call('search'))).status).toBe(503);
  expect(tickets.received).toEqual([]);
  await live();
  await until('calls pass', async () => (await point.back(MCP, call('search'))).status === 200);
}, 120_000);

test('killed in the middle of a stream: nothing more passes', async () => {
  const events = anthropicTurn({ texts: [['one ', 'two ', 'three ']] }).split(/(?<=\n\n)/);
  claude.respond = async (_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(events.slice(0, 3).join(''));
    await victim?.kill();
    response.write(events.slice(3).join(''));
    response.end();
  };
  const body = { model: 'claude-sonnet-4-5', max_tokens: 1, stream: true, messages: [] };
  const answer = await point.back('/models/claude/v1/messages', body);
  expect(claude.received).toHaveLength(1);
  expect(answer.body).not.toContain('two');
  expect(answer.body).not.toContain('message_stop');
}, 120_000);
