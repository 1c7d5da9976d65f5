import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configuredAddress } from '../../../services/state';

const tls = { certificate: '/etc/firepit/tls/tls.crt', key: '/etc/firepit/tls/tls.key', ca: '/etc/firepit/tls/ca.crt' };
const state = {
  host: 'db.example.com',
  port: 5432,
  database: 'desk',
  user: 'firepit',
  require: { fsync: true as const, synchronousCommit: true as const },
};

describe('the database that a configuration names', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firepit-configured-'));
    file = join(folder, 'password');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is asked with the password of a file', () => {
    writeFileSync(file, 'p@ss word\n');
    expect(
      configuredAddress({ tls, state: { ...state, passwordFile: file, ca: '/etc/firepit/state/ca.crt' } }),
    ).toEqual({
      kind: 'postgres',
      host: 'db.example.com',
      port: 5432,
      database: 'desk',
      user: 'firepit',
      password: 'p@ss word',
      tls: { ca: '/etc/firepit/state/ca.crt' },
    });
  });

  test('is asked with the certificate of the service where there is no password', () => {
    expect(configuredAddress({ tls, state })).toMatchObject({ tls: { certificate: tls.certificate, key: tls.key } });
    expect(configuredAddress({ tls, state })).not.toHaveProperty('password');
  });

  test('a password that is not there, or empty, is said', () => {
    expect(() => configuredAddress({ tls, state: { ...state, passwordFile: file } })).toThrow(
      /cannot be read\n.*ENOENT/,
    );
    writeFileSync(file, '\n');
    expect(() => configuredAddress({ tls, state: { ...state, passwordFile: file } })).toThrow('is empty');
  });
});
