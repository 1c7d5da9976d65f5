import { expect, test } from '@jest/globals';
import { namesOf } from '../../../lib/names';
import { type Call, callsOf } from '../../../proof/control-point/calls';
import { questionOf } from '../../../proof/control-point/question';
import { desk } from '../../support/desk';
import { team } from '../../support/team';

const calls = callsOf(desk());
const names = namesOf('desk');
const asked = (id: string, headers?: Record<string, string>) =>
  questionOf(calls.find((call) => call.id === id) as Call, names, headers === undefined ? {} : { headers });

test('an agent calls its sidecar, whoever goes past it the back, a person the front', () => {
  expect(asked('calls/allowed').url).toMatch(/^http:\/\/127\.0\.0\.1:15001\//);
  expect(asked('calls/without-certificate').url).toMatch(/^https:\/\/gateway\.desk-control\.svc:9443\//);
  expect(asked('front/asked').url).toBe('https://gateway.desk-control.svc:8443/agents/triage/');
});

test('only what must pass is asked again, and each call says which it is', () => {
  expect(asked('calls/allowed').seconds).toBeGreaterThan(0);
  expect(asked('front/expired', { host: 'desk.invalid' })).toMatchObject({
    id: 'front/expired triage',
    seconds: 0,
    headers: { host: 'desk.invalid', 'firepit-proof': 'front/expired triage' },
  });
});

test('a tunnel is asked for at the sidecar, or at the gateway as the sidecar would; its host is asked at its address', () => {
  const tunnels = callsOf(team());
  const of = (id: string, upstream = '10.96.0.9') =>
    questionOf(tunnels.find((call) => call.id === id) as Call, names, { upstream });
  const to = 'packages.example.com:443';
  expect(of('tunnels/allowed')).toMatchObject({
    url: 'http://127.0.0.1:15001',
    tunnel: { to, name: 'packages.example.com' },
    seconds: 60,
  });
  expect(of('tunnels/allowed')).not.toHaveProperty('identity');
  expect(of('tunnels/plain-text').tunnel).toEqual({ to });
  expect(of('tunnels/not-its-host')).toMatchObject({
    url: 'https://gateway.desk-control.svc:9443',
    identity: { folder: '/var/run/firepit/identity', token: '/var/run/firepit/token/token', header: 'x-firepit-token' },
  });
  expect(of('tunnels/past-the-gateway')).toMatchObject({ url: 'https://10.96.0.9:8443/', method: 'GET' });
  expect(of('tunnels/past-the-gateway', 'fd00::9').url).toBe('https://[fd00::9]:8443/');
  expect(asked('calls/without-certificate')).not.toHaveProperty('identity');
});
