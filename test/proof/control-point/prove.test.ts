import { describe, expect, test } from '@jest/globals';
import type { Entry } from '../../../contract';
import { AgentEnvironment, App } from '../../../lib';
import type { Manifest } from '../../../lib/synth/object';
import { type Call, callsOf } from '../../../proof/control-point/calls';
import { controlPoint, judgeCall } from '../../../proof/control-point/prove';
import type { Reply } from '../../../proof/control-point/stage';
import { twinOf } from '../../../proof/control-point/twin';
import { desk } from '../../support/desk';
import { team } from '../../support/team';

const calls = callsOf(desk());
const call = (id: string): Call => calls.find((c) => c.id === `calls/${id}`) as Call;
const said = (status: number, body = '', error = ''): Reply => ({ id: 'x', status, body, error });

test.each<[id: string, reply: Reply | undefined, arrived: boolean, state: string, why?: string]>([
  ['allowed', said(200, 'ok'), true, 'proven'],
  ['allowed', said(200, 'ok'), false, 'failed', 'did not arrive'],
  ['allowed', said(503), false, 'failed', '503'],
  ['allowed', said(0, '', 'connection refused'), false, 'failed', 'connection refused'],
  ['allowed', undefined, true, 'unproven', 'said nothing'],
  ['unapproved', said(200, '{"code":"needs-approval"}'), false, 'proven'],
  ['unapproved', said(200, '{"code":"needs-approval"}'), true, 'failed', 'reached its upstream'],
  ['unapproved', said(200, '{"code":"not-permitted"}'), false, 'failed', 'needs-approval'],
  ['unapproved', said(503, ''), false, 'failed', 'needs-approval'],
  ['undecided', said(503), false, 'proven'],
  ['undecided', said(200), false, 'failed', '200'],
  ['undecided', said(0, '', 'connection refused'), false, 'failed', 'connection refused'],
  ['undeclared-tool', said(404), false, 'proven'],
  ['undeclared-tool', said(503), false, 'failed', '503'],
  ['without-certificate', said(0, '', 'remote error: tls: certificate required'), false, 'proven'],
  ['without-certificate', said(0, '', 'dial tcp: i/o timeout'), false, 'failed', 'timeout'],
  ['without-certificate', said(403, 'certificate required'), false, 'failed', '403'],
  ['without-certificate', undefined, false, 'unproven', 'said nothing'],
])('%s, %j, arrived %s: %s', (id, reply, arrived, state, why = '') => {
  const result = judgeCall(call(id), reply, arrived);
  expect(result).toMatchObject({ id: `calls/${id}`, state });
  expect(result.why ?? '').toContain(why);
  expect(result.why === undefined).toBe(state === 'proven');
});

describe('tunnels', () => {
  const tunnels = callsOf(team());
  const tunnel = (id: string): Call => tunnels.find((c) => c.id === `tunnels/${id}`) as Call;
  const cut = said(0, '', 'in the tunnel: EOF');

  test.each<[id: string, reply: Reply, arrived: boolean, state: string]>([
    ['allowed', said(200, 'ok'), true, 'proven'],
    ['allowed', cut, false, 'failed'],
    ['other-host', said(404, '{"code":"unknown-route"}'), false, 'proven'],
    ['other-host', said(404, ''), false, 'failed'],
    ['other-host', said(200, 'ok'), true, 'failed'],
    ['past-the-gateway', said(0, '', 'dial tcp 10.96.0.9:8443: i/o timeout'), false, 'proven'],
    ['past-the-gateway', said(0, '', 'x509: unknown authority'), false, 'failed'],
    ['past-the-gateway', said(200, 'ok'), true, 'failed'],
    ['undecided', said(503), false, 'proven'],
    ['undecided', said(200, 'ok'), true, 'failed'],
  ])('%s, %j, arrived %s: %s', (id, reply, arrived, state) => {
    expect(judgeCall(tunnel(id), reply, arrived).state).toBe(state);
  });

  test('one that was ended is what the log says of it, and never what its client guesses', () => {
    const { trace } = tunnel('other-name').ends ?? { trace: '' };
    const entries = (code: string) =>
      [
        { kind: 'decision', id: '1', how: { trace }, why: { effect: 'allow' } },
        { kind: 'outcome', decision: '1', how: {}, why: { code, reason: '' } },
      ] as unknown as Entry[];
    expect(judgeCall(tunnel('other-name'), cut, false, entries('not-permitted')).state).toBe('proven');
    expect(judgeCall(tunnel('other-name'), cut, false, entries('failed')).state).toBe('failed');
    expect(judgeCall(tunnel('other-name'), cut, false).state).toBe('unproven');
    expect(judgeCall(tunnel('other-name'), undefined, false, entries('not-permitted')).state).toBe('unproven');
    expect(judgeCall(tunnel('other-name'), said(200, 'ok'), true, entries('not-permitted')).state).toBe('failed');
  });
});

describe('where nothing can be made, every call is unproven and none is green', () => {
  const declaration = twinOf(desk());
  const objects = new AgentEnvironment(new App({ outdir: 'unused' }), declaration).objects() as unknown as Manifest[];
  const cluster = { kubectl: () => ({ ok: false, out: 'forbidden', stdout: '' }) };
  const images = { calls: 'probe', database: 'postgres' };

  test.each([
    ['without images', undefined, /--call-image/],
    ['on a cluster that refuses', images, /calls could not be made: kubectl apply .*forbidden/],
  ])('%s', async (_, given, why) => {
    const results = await controlPoint({
      cluster,
      declaration,
      objects,
      ...(given === undefined ? {} : { images: given }),
    });
    expect(results.length).toBe(calls.length + 4 + 5);
    const asked = results.filter(({ id }) => !id.startsWith('approvals/'));
    for (const result of results) expect(result.state).toBe('unproven');
    for (const result of asked) expect(result).toMatchObject({ state: 'unproven', why: expect.stringMatching(why) });
  });
});
