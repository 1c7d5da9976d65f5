import { addressOf } from '../../../services/state';
import { statementsOf } from '../../../services/state/migrate';

describe('the address of a database', () => {
  test.each([
    ['pglite:memory', { kind: 'embedded' }],
    ['pglite:./state', { kind: 'embedded', folder: './state' }],
    ['pglite:///var/lib/state', { kind: 'embedded', folder: '/var/lib/state' }],
    [
      'postgres://desk:p%40ss@db.example.com/firepit?sslrootcert=/ca.crt',
      {
        kind: 'postgres',
        host: 'db.example.com',
        port: 5432,
        database: 'firepit',
        user: 'desk',
        password: 'p@ss',
        tls: { ca: '/ca.crt' },
      },
    ],
    // The system's trust store verifies where no CA is named; nobody is asked in the clear.
    [
      'postgres://desk@db.example.com:6432/firepit',
      { kind: 'postgres', host: 'db.example.com', port: 6432, database: 'firepit', user: 'desk', tls: {} },
    ],
    [
      'postgres://desk@localhost/firepit?host=/run/postgresql',
      { kind: 'postgres', host: '/run/postgresql', port: 5432, database: 'firepit', user: 'desk' },
    ],
    [
      'postgres://desk@127.0.0.1/firepit',
      { kind: 'postgres', host: '127.0.0.1', port: 5432, database: 'firepit', user: 'desk' },
    ],
  ])('%s', (text, address) => expect(addressOf(text)).toEqual(address));

  test.each([
    ['nonsense', 'nonsense'],
    ['mysql://a@b/c', 'mysql://a@b/c'],
    ['pglite:', 'pglite:'],
    ['postgres://desk:secret@db/', 'postgres://desk:…@db/'],
    ['postgres://db.example.com/firepit', 'postgres://db.example.com/firepit'],
    ['postgres://desk@db/firepit?sslmode=disable', 'sslmode=disable'],
    ['postgres://desk@db/firepit?sslmode=require', 'sslmode=require'],
    ['postgres://desk@db/firepit?sslkey=/a', 'one of sslcert and sslkey'],
    ['postgres://desk@db/firepit?options=x', 'the parameter options'],
  ])('%s is refused', (text, found) => {
    expect(() => addressOf(text)).toThrow(`found:    ${found}\n`);
    expect(() => addressOf(text)).toThrow('fix:');
    expect(() => addressOf(text)).not.toThrow('secret');
  });
});

test('a migration is split into statements, and a function stays whole', () => {
  expect(statementsOf('a; b $body$ x; y; $body$ c;\n\nd;')).toEqual(['a', 'b $body$ x; y; $body$ c', 'd']);
});
