import { expect, test } from '@jest/globals';
import { SecretKey, State } from '../../lib';
import { secretKeySchema } from '../../lib/declaration/secret-key';
import { LEDGER_KEY } from '../../lib/ledger';
import { FALCO_CLIENT_CA } from '../../lib/runtime/objects';
import { desk } from '../support/desk';
import { kind, objectsOf } from '../support/environment';

const accepts = (secret: string): boolean => secretKeySchema.safeParse(SecretKey.of(secret, 'tls.key')).success;

test('keys of the environment itself are nobody else’s credential', () => {
  const issued = kind(objectsOf(desk({ state: State.bundled() })), 'Certificate').map((c) => String(c.spec.secretName));
  expect(issued).toEqual(expect.arrayContaining(['ca', 'postgres-tls', 'gateway-front-tls', 'agent-triage-tls']));
  for (const name of [...issued, LEDGER_KEY.secret, FALCO_CLIENT_CA])
    expect([name, accepts(name)]).toEqual([name, false]);
});

test('names that only look like them are free', () => {
  for (const name of ['ca-bundle', 'my-ca', 'database-tls', 'agents', 'postgres', 'ledger'])
    expect([name, accepts(name)]).toEqual([name, true]);
});
