import { expect, test } from '@jest/globals';
import { namesOf } from '../../../lib/names';
import { type Call, callsOf } from '../../../proof/control-point/calls';
import { questionOf } from '../../../proof/control-point/question';
import { desk } from '../../support/desk';

const calls = callsOf(desk());
const names = namesOf('desk');
const asked = (id: string, more?: Record<string, string>) =>
  questionOf(calls.find((call) => call.id === id) as Call, names, more);

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
