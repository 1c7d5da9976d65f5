import { readFileSync, writeFileSync } from 'node:fs';
import { append, migrate, openDatabase, readFrom, size, written } from '../../../services/state';
import { decision } from '../../services/state/example';
import { Postgres } from './postgres';

describe('PostgreSQL that does not keep what it acknowledges', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await Postgres.start();
    const owner = await openDatabase(postgres.url, 'owner');
    await migrate(owner);
    await owner.close();
  });
  afterAll(() => postgres?.stop());

  const restart = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    await postgres.kill();
    await postgres.up(settings);
  };

  test('is refused while fsync is off', async () => {
    await restart({ fsync: 'off' });
    await expect(openDatabase(postgres.url, 'writer')).rejects.toThrow(
      /found: {4}fsync = off\n {2}expected: fsync = on/,
    );
    await restart({});
  });

  test.each(['alter system', 'alter role owner', 'alter database postgres'])(
    'is refused while synchronous_commit is off by %s',
    async (who) => {
      postgres.sql(`${who} set synchronous_commit = off`);
      postgres.sql('select pg_reload_conf()');
      await expect(openDatabase(postgres.url, 'writer')).rejects.toThrow('found:    synchronous_commit = off');
      postgres.sql(`${who} reset synchronous_commit`);
      postgres.sql('select pg_reload_conf()');
    },
  );

  test('an open connection acknowledges nothing from the moment fsync is switched off', async () => {
    const writer = await openDatabase(postgres.url, 'writer');
    await append(writer, [written(decision())]);
    postgres.sql('alter system set fsync = off');
    postgres.sql('select pg_reload_conf()');
    const deadline = Date.now() + 10_000;
    const refused = async (): Promise<string> => {
      while (Date.now() < deadline)
        try {
          await append(writer, [written(decision())]);
        } catch (error) {
          return (error as Error).message;
        }
      return 'acknowledged';
    };
    expect(await refused()).toContain('fsync = off');
    postgres.sql('alter system reset fsync');
    postgres.sql('select pg_reload_conf()');
    await writer.close();
  });

  test('is refused when it holds anything but UTF-8', async () => {
    postgres.sql("create database latin encoding 'LATIN1' template template0");
    await expect(openDatabase(postgres.urlOf('latin'), 'owner')).rejects.toThrow('found:    encoding LATIN1');
  });
});

describe('PostgreSQL with a user that owns its database and nothing else', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await Postgres.start();
    for (const user of ['plain', 'maker']) {
      postgres.sql(`create role ${user} login ${user === 'maker' ? 'createrole' : ''}`);
      postgres.sql(`create database ${user} owner ${user}`);
    }
  });
  afterAll(() => postgres?.stop());
  const granted = (user: string): void => {
    for (const role of ['writer', 'reader', 'eraser'].map((one) => `firepit_${one}_${user}`))
      postgres.sql(`create role ${role} nologin; grant ${role} to ${user}`);
  };
  const migrated = async (user: string): Promise<void> => {
    const owner = await openDatabase(postgres.urlOf(user, user), 'owner');
    try {
      await migrate(owner);
    } finally {
      await owner.close();
    }
    const writer = await openDatabase(postgres.urlOf(user, user), 'writer');
    await append(writer, [written(decision())]);
    await writer.close();
  };

  test('is told which roles are missing, and nothing is half done', async () => {
    await expect(migrated('plain')).rejects.toThrow(
      /found: {4}no role firepit_writer_plain, and plain may not create one\n[\s\S]*fix: {6}as an administrator, for each/,
    );
    expect(postgres.sql("select count(*) from pg_namespace where nspname = 'firepit'", 'plain')).toBe('0');
  });

  test('makes them where it may, and uses those that an administrator granted', async () => {
    await migrated('maker');
    granted('plain');
    await migrated('plain');
  });

  test('has nothing in the database of another environment, and that one has nothing in its', async () => {
    for (const user of ['second', 'third']) {
      postgres.sql(`create role ${user} login`);
      postgres.sql(`create database ${user} owner ${user}`);
      granted(user);
      await migrated(user);
    }
    const roles = ['writer', 'reader', 'eraser'] as const;
    for (const [user, other] of [
      ['second', 'third'],
      ['third', 'second'],
    ] as const) {
      for (const role of roles) {
        await (await openDatabase(postgres.urlOf(user, user), role)).close();
        await expect(openDatabase(postgres.urlOf(other, user), role)).rejects.toThrow('permission denied to set role');
      }
      const stranger = await openDatabase(postgres.urlOf(other, user), 'owner');
      for (const statement of ['select from firepit.entries', "select firepit.erase('x')", 'select from firepit.runs'])
        await expect(stranger.ask(statement)).rejects.toThrow('permission denied for schema firepit');
      await stranger.close();
    }
  });

  test('or of a name that leaves no room for its roles is refused before anything is made', async () => {
    const long = 'd'.repeat(49);
    postgres.sql(`create database ${long}`);
    const owner = await openDatabase(postgres.urlOf(long), 'owner');
    await expect(migrate(owner)).rejects.toThrow(/the name of the database is too long[\s\S]*at most 48 bytes/);
    await owner.close();
    expect(postgres.sql("select count(*) from pg_namespace where nspname = 'firepit'", long)).toBe('0');
  });

  test('or of any other name is taken as it is', async () => {
    const odd = `a "b" 'c'`;
    postgres.sql(`create database "${odd.replaceAll('"', '""')}"`);
    const url = postgres.urlOf(encodeURIComponent(odd));
    const owner = await openDatabase(url, 'owner');
    await migrate(owner);
    await owner.close();
    const writer = await openDatabase(url, 'writer');
    expect(await append(writer, [written(decision())])).toEqual([0]);
    await writer.close();
  });
});

describe('PostgreSQL that dies', () => {
  test('has every entry that it acknowledged, and the log goes on without a gap', async () => {
    const postgres = await Postgres.start();
    try {
      const owner = await openDatabase(postgres.url, 'owner');
      await migrate(owner);
      await owner.close();
      const acknowledged: string[] = [];
      for (let round = 0; round < 3; round++) {
        const writer = await openDatabase(postgres.url, 'writer');
        const writing = Array.from({ length: 8 }, async () => {
          for (;;) {
            const entry = written(decision());
            await append(writer, [entry]);
            acknowledged.push(entry.id);
          }
        });
        const from = acknowledged.length;
        const enough = async (): Promise<void> => {
          while (acknowledged.length < from + 50) await new Promise(setImmediate);
        };
        await enough();
        await postgres.kill();
        await Promise.allSettled(writing);
        await writer.close();
        await postgres.up();
      }
      const reader = await openDatabase(postgres.url, 'reader');
      const all = await readFrom(reader, 0, 100_000);
      expect(all.map(({ index }) => index)).toEqual(Array.from({ length: await size(reader) }, (_, i) => i));
      const kept = new Set(all.map(({ text }) => JSON.parse(text).id));
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(150);
      await reader.close();
    } finally {
      await postgres.stop();
    }
  });
});

describe('PostgreSQL at an address', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await Postgres.start();
  });
  afterAll(() => postgres?.stop());

  test('is verified', async () => {
    const database = await openDatabase(postgres.tlsUrl, 'owner');
    const [row] = await database.ask<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    expect(row?.ssl).toBe(true);
    await database.close();
  });

  test('is refused under another name, and with another CA', async () => {
    const url = new URL(postgres.tlsUrl);
    url.hostname = 'localhost';
    await expect(openDatabase(url.href, 'owner')).rejects.toThrow("does not match certificate's altnames");
    const other = `${postgres.folder}/other.crt`;
    const another = await Postgres.start();
    writeFileSync(other, readFileSync(another.ca));
    await another.stop();
    await expect(openDatabase(postgres.tlsUrl.replace(postgres.ca, other), 'owner')).rejects.toThrow(
      'unable to verify',
    );
  });

  test('elsewhere is never asked without TLS', async () => {
    await expect(
      openDatabase({ kind: 'postgres', host: 'db.example.com', port: 5432, database: 'a', user: 'b' }, 'owner'),
    ).rejects.toThrow('db.example.com without TLS');
  });

  test('that does not answer is said, without the password', async () => {
    const refusal = openDatabase('postgres://owner:hunter2@127.0.0.1:1/postgres', 'owner');
    await expect(refusal).rejects.toThrow(/does not answer\n {2}found: {4}.*ECONNREFUSED/);
    await expect(refusal).rejects.not.toThrow('hunter2');
  });
});
