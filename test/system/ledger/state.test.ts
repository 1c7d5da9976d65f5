/** @jest-environment ./test/system/ledger/outside.js */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  append,
  bodyOf,
  type Database,
  eraseBody,
  migrate,
  ofDecision,
  ofRun,
  openDatabase,
  type Role,
  readFrom,
  seal,
  size,
  written,
} from '../../../services/state';
import { decision, outcome } from '../../services/state/example';
import { Postgres } from './postgres';

jest.mock('@electric-sql/pglite', () => (globalThis as unknown as { pglite: object }).pglite);

interface Kind {
  readonly url: string;
  readonly end: () => Promise<void> | void;
}

const kinds: readonly [string, () => Promise<Kind>][] = [
  [
    'PostgreSQL',
    async () => {
      const postgres = await Postgres.start();
      return { url: postgres.url, end: () => postgres.stop() };
    },
  ],
  [
    'PGlite',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'firepit-pglite-'));
      return { url: `pglite:${folder}`, end: () => rmSync(folder, { recursive: true, force: true }) };
    },
  ],
];

// The same SQL and the same promises, whichever keeps them.
describe.each(kinds)('state in %s', (_, start) => {
  const databases: Database[] = [];
  let kind: Kind;
  let as: Record<Role, Database>;

  beforeAll(async () => {
    kind = await start();
    const open = async (role: Role): Promise<Database> => {
      const database = await openDatabase(kind.url, role);
      databases.push(database);
      return database;
    };
    const owner = await open('owner');
    expect(await migrate(owner)).toEqual(['0001-entries', '0002-sequences', '0003-tools', '0004-handles']);
    as = { owner, writer: await open('writer'), reader: await open('reader'), eraser: await open('eraser') };
  }, 120_000);

  afterAll(async () => {
    for (const database of databases) await database.close();
    await kind?.end();
  });

  const refused = (work: Promise<unknown>) => expect(work).rejects.toThrow(/permission denied|never changed/);

  test('migrating again changes nothing', async () => {
    expect(await migrate(as.owner)).toEqual([]);
  });

  test('entries get gapless indexes in the order given, and are found by run and decision', async () => {
    const before = await size(as.writer);
    const asked = decision({ who: { agent: 'triage', run: 'found' } });
    const became = outcome(asked);
    expect(
      await append(
        as.writer,
        [asked, became].map((e) => written(e)),
      ),
    ).toEqual([before, before + 1]);
    const texts = [asked, became].map((e) => written(e).text);
    expect((await readFrom(as.reader, before, 10)).map(({ text }) => text)).toEqual(texts);
    expect((await ofRun(as.reader, 'found')).map(({ text }) => text)).toEqual(texts);
    expect((await ofRun(as.reader, 'found', before + 1)).map(({ index }) => index)).toEqual([before + 1]);
    expect((await ofDecision(as.reader, asked.id)).map(({ text }) => text)).toEqual(texts);
  });

  test('an entry that comes twice is one entry; the same id with another content is refused', async () => {
    const entry = decision();
    const [index] = await append(as.writer, [written(entry)]);
    const before = await size(as.writer);
    const next = decision();
    expect(await append(as.writer, [written(entry), written(next)])).toEqual([index, before]);
    await expect(append(as.writer, [written({ ...entry, environment: 'other' })])).rejects.toThrow(
      'says something else',
    );
    expect(await size(as.writer)).toBe(before + 1);
  });

  test('a batch with a bad entry leaves nothing, and no gap', async () => {
    const before = await size(as.writer);
    const one = decision();
    const batch = [written(decision()), written(one), written({ ...one, environment: 'other' })];
    await expect(append(as.writer, batch)).rejects.toThrow('says something else');
    expect(await size(as.writer)).toBe(before);
    expect(await append(as.writer, [written(one), written(one)])).toEqual([before, before]);
  });

  test('writers racing for the same log get each index once', async () => {
    const before = await size(as.writer);
    const indexes = await Promise.all(
      Array.from({ length: 20 }, () =>
        append(
          as.writer,
          Array.from({ length: 5 }, () => written(decision())),
        ),
      ),
    );
    expect(indexes.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => before + i));
  });

  test('every text comes back as it went', async () => {
    const facts = [
      '"',
      '\\',
      '\\u0000 and \u0001',
      'a\nb\r\t',
      '\u2028',
      '😀 é e\u0301',
      "'; drop table x; --",
      '{"$body$":1}',
    ];
    const [index] = await append(as.writer, [written(decision({ why: { ...decision().why, facts } }))]);
    const [row] = await readFrom(as.reader, index ?? -1, 1);
    expect(JSON.parse(row?.text ?? '').why.facts).toEqual(facts);
  });

  test('nobody changes or removes an entry, the owner of the database included', async () => {
    await append(as.writer, [written(decision())]);
    for (const database of Object.values(as)) {
      await refused(database.ask("update firepit.entries set entry = '{}'"));
      await refused(database.ask('delete from firepit.entries'));
      await refused(database.ask('truncate firepit.entries'));
    }
    for (const role of ['writer', 'reader', 'eraser'] as const) {
      await refused(as[role].ask('update firepit.log set size = 0'));
      await refused(
        as[role].ask("insert into firepit.entries values (1000000, gen_random_uuid(), 'event', null, null, '{}')"),
      );
    }
  });

  test('runs and steps are written by functions alone, and read by writers alone', async () => {
    for (const role of ['writer', 'reader', 'eraser'] as const) {
      await refused(as[role].ask("update firepit.runs set state = 'open'"));
      await refused(as[role].ask("insert into firepit.steps values ('run:x', 1, 1, '{}', null, sha256(''))"));
      await refused(as[role].ask('delete from firepit.steps'));
      await refused(as[role].ask("select firepit.say(gen_random_uuid(), null, '{}')"));
    }
    for (const role of ['reader', 'eraser'] as const) {
      await refused(as[role].ask('select from firepit.runs'));
      await refused(as[role].ask('select from firepit.steps'));
      await refused(as[role].ask('select firepit.expire_runs(1)'));
      await refused(as[role].ask("select firepit.turn_run('run-1', 'open', '{}', gen_random_uuid(), '{}')"));
      await refused(as[role].ask("select firepit.open_run('a', 'b', 'c', 'd', '{}', 1, 2, gen_random_uuid(), '{}')"));
    }
    expect(await as.writer.ask('select from firepit.runs')).toEqual([]);
  });

  test('a reader does not write, a writer does not erase', async () => {
    await refused(append(as.reader, [written(decision())]));
    await refused(eraseBody(as.writer, `sha256:${'0'.repeat(64)}`));
    await refused(as.writer.ask('delete from firepit.bodies'));
  });

  test('a body is kept beside its entry, and erased without a trace in it', async () => {
    const body = seal('{"ticket":"T-1"}');
    const entry = decision({ what: { operation: 'tickets.close', arguments: body.commitment } });
    const [index] = await append(as.writer, [written(entry, [body])]);
    expect(String(await bodyOf(as.reader, body.commitment))).toBe('{"ticket":"T-1"}');
    expect(await eraseBody(as.eraser, body.commitment)).toBe(true);
    expect(await eraseBody(as.eraser, body.commitment)).toBe(false);
    expect(await bodyOf(as.reader, body.commitment)).toBeUndefined();
    expect(await readFrom(as.reader, index ?? -1, 1)).toEqual([{ index, text: written(entry).text }]);
  });

  test('what is written is there after a restart', async () => {
    const entry = written(decision());
    const [index] = await append(as.writer, [entry]);
    const again = await openDatabase(kind.url, 'reader');
    databases.push(again);
    expect(await readFrom(again, index ?? -1, 1)).toEqual([{ index, text: entry.text }]);
  });

  test('a database of a newer version is refused', async () => {
    await as.owner.ask("insert into firepit.migrations (name, digest) values ('9999-future', 'x')");
    await expect(migrate(as.owner)).rejects.toThrow('migration 9999-future');
    await as.owner.ask("delete from firepit.migrations where name = '9999-future'");
  });
});
