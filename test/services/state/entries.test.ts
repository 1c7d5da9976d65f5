import { MAX_ENTRY_BYTES } from '../../../contract';
import { bodyOf, type Database, EntryError, opens, seal, written } from '../../../services/state';
import { decision, outcome } from './example';

describe('an entry', () => {
  test('is written in one form, whatever the order of its keys', () => {
    const entry = decision();
    const turned = Object.fromEntries(Object.entries(entry).reverse()) as typeof entry;
    expect(written(turned).text).toBe(written(entry).text);
    expect(JSON.parse(written(entry).text)).toEqual(entry);
    expect(written(entry).text).not.toContain('\n');
  });

  test('is found by its run, and an outcome by its decision', () => {
    const asked = decision();
    expect(written(asked)).toMatchObject({ id: asked.id, kind: 'decision', run: 'run-1' });
    expect(written(outcome(asked))).toMatchObject({ kind: 'outcome', decision: asked.id });
    expect(written(decision({ who: { agent: 'triage' } }))).not.toHaveProperty('run');
  });

  test.each([
    ['an unknown field', { ...decision(), more: 1 }, 'Unrecognized key'],
    ['no id', { ...decision(), id: '7' }, 'id: '],
    ['a time without milliseconds', { ...decision(), time: '2026-11-22T12:00:00Z' }, 'time: '],
    ['half a character', decision({ environment: '\ud800' }), 'half a character'],
  ])('with %s is refused', (_, entry, message) => {
    expect(() => written(entry as never)).toThrow(message);
  });

  test('that is larger than a log can hold is refused', () => {
    const facts = Array.from({ length: 256 }, () => 'x'.repeat(512));
    const large = decision({ why: { ...decision().why, facts } });
    expect(() => written(large)).toThrow(EntryError);
    expect(() => written(large)).toThrow(`at most ${MAX_ENTRY_BYTES} are possible`);
  });
});

describe('a body', () => {
  test('is proven by its commitment, which equal bodies do not share', () => {
    const [one, two] = [seal('secret'), seal('secret')];
    expect(opens(one)).toBe(true);
    expect(one.commitment).not.toBe(two.commitment);
    expect(opens({ ...one, body: Buffer.from('secreT') })).toBe(false);
    expect(opens({ ...one, salt: two.salt })).toBe(false);
  });

  test('that was changed in the database is not given', async () => {
    const { commitment, salt } = seal('true');
    const database = {
      ask: async () => [{ salt: salt.toString('base64'), body: Buffer.from('false').toString('base64') }],
    } as unknown as Database;
    await expect(bodyOf(database, commitment)).rejects.toThrow('is not the one that was recorded');
  });
});
