import { afterAll, expect, test } from '@jest/globals';
import { AgentEnvironment, App } from '../../../lib';
import type { Manifest } from '../../../lib/synth/object';
import { brought } from '../../../proof/control-point/brought';
import { Authority } from '../../../proof/control-point/certificates';
import { twinOf } from '../../../proof/control-point/twin';
import { type Loose, Subject } from '../../../proof/subject';
import { desk } from '../../support/desk';

const authority = new Authority();
afterAll(() => authority.close());

test('whatever a pod of the twin mounts and nobody writes is brought, with the values that must fit', () => {
  const twin = twinOf(desk());
  const objects = new AgentEnvironment(new App({ outdir: 'unused' }), twin).objects() as unknown as Manifest[];
  const secrets = brought(new Subject(twin, objects), authority, { password: 'of the database', logKey: 'of the log' });
  const of = (name: string): Loose => secrets.find(({ metadata }) => metadata.name === name)?.stringData;
  expect(of('firepit-proof')).toEqual({ password: 'of the database', 'ca.crt': authority.certificate });
  expect(of('ledger-signing-key')).toEqual({ 'ed25519.pem': 'of the log' });
  for (const part of ['governor', 'gateway', 'ledger'])
    expect(Object.keys(of(`${part}-tls`))).toEqual(['tls.crt', 'tls.key', 'ca.crt']);
  expect(secrets.filter(({ metadata }) => metadata.namespace === twin.name).length).toBe(
    Object.keys(twin.agents).length,
  );
});
