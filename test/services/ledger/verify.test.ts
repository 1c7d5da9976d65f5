import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Signer, verifierOf, verifyLog, vkeyOf } from '../../../services/ledger';
import { bundleOf, entriesOf } from '../../../services/ledger/layout';
import { Log } from '../../../services/ledger/log';
import fc from '../../support/property';
import { entriesFrom, entryAt, filesOf, folders, logOf, newSigner } from './example';

const signer = newSigner();
const folder = folders();
const key = () => signer;
const SIZE = 600;

let log: string;
let earlier: string;
beforeAll(() => {
  log = folder();
  logOf(log, signer, [200, 300]);
  earlier = readFileSync(join(log, 'checkpoint'), 'utf8');
  logOf(log, signer, [SIZE - 50, SIZE]);
});

/** What a verification finds after a copy of the log was changed. */
const foundAfter = (change: (path: string) => void, since?: string): string => {
  const path = folder();
  cpSync(log, path, { recursive: true });
  change(path);
  const { findings, signed } = verifyLog(path, { key, ...(since === undefined ? {} : { since }) });
  expect(findings.length > 0 || signed !== 'verified').toBe(true);
  return findings.map(({ where, found }) => `${where}: ${found}`).join('\n');
};

const edit = (path: string, file: string, change: (entries: Buffer[]) => Buffer[]): void => {
  const at = join(path, file);
  writeFileSync(at, bundleOf(change(entriesOf(readFileSync(at)) ?? [])));
};

/** What somebody with the folder and another key could make of it: consistent in itself. */
const rewritten = (by: Signer, entries: readonly Buffer[]): string => {
  const path = folder();
  Log.open(path, by).extend(entries);
  return path;
};

describe('verifying a log', () => {
  test('an untouched one is sound, with an earlier checkpoint, and by the key as others note it down', () => {
    const { findings, signed, since, checkpoint, unsigned } = verifyLog(log, {
      key: (origin) => verifierOf(vkeyOf(signer), origin),
      since: earlier,
    });
    expect(findings).toEqual([]);
    expect({ signed, unsigned, now: checkpoint?.size, before: since?.size }).toEqual({
      signed: 'verified',
      unsigned: 0,
      now: SIZE,
      before: 300,
    });
  });

  test('every entry is given, in order', () => {
    const seen: string[] = [];
    verifyLog(log, { onEntry: (index, entry) => seen.push(`${index} ${entry}`) });
    expect(seen).toEqual(entriesFrom(0, SIZE).map((entry, i) => `${i} ${entry}`));
  });

  test('without a key nothing is called verified', () => {
    expect(verifyLog(log).signed).toBe('unchecked');
  });

  test.each<[string, (path: string) => void, RegExp]>([
    [
      'a changed entry',
      (p) => edit(p, 'tile/entries/000', (e) => e.with(7, Buffer.from('{"entry":7,"text":"y"}'))),
      /tile\/0\/000: hash 7 /,
    ],
    [
      'swapped entries',
      (p) => edit(p, 'tile/entries/000', (e) => e.with(3, e[4]!).with(4, e[3]!)),
      /tile\/0\/000: hash 3 /,
    ],
    ['a removed entry', (p) => edit(p, 'tile/entries/000', (e) => e.toSpliced(9, 1)), /tile\/entries\/000: 255/],
    [
      'an entry removed, another made up',
      (p) => edit(p, 'tile/entries/000', (e) => [...e.toSpliced(9, 1), entryAt(1)]),
      /hash 9 /,
    ],
    [
      'an inserted entry',
      (p) => edit(p, 'tile/entries/001', (e) => e.toSpliced(9, 0, entryAt(1))),
      /tile\/entries\/001: 257/,
    ],
    ['a removed bundle', (p) => rmSync(join(p, 'tile/entries/001')), /tile\/entries\/001: nothing/],
    [
      'a bundle in the place of another',
      (p) => cpSync(join(p, 'tile/entries/000'), join(p, 'tile/entries/001')),
      /tile\/0\/001: hash 0 /,
    ],
    [
      'a truncated bundle at the edge',
      (p) => edit(p, 'tile/entries/002.p/88', (e) => e.slice(0, -1)),
      /002\.p\/88: 87/,
    ],
    ['a removed tile', (p) => rmSync(join(p, 'tile/0/001')), /tile\/0\/001: nothing/],
    ['a tile of an upper level removed', (p) => rmSync(join(p, 'tile/1/000.p/2')), /tile\/1\/000\.p\/2: /],
    [
      'swapped tiles',
      (p) => {
        renameSync(join(p, 'tile/0/000'), join(p, 'tile/x'));
        renameSync(join(p, 'tile/0/001'), join(p, 'tile/0/000'));
        renameSync(join(p, 'tile/x'), join(p, 'tile/0/001'));
      },
      /tile\/0\/000: hash 0 /,
    ],
    [
      'an unfinished tile of before, changed',
      (p) => edit(p, 'tile/entries/002.p/38', (e) => e.with(0, entryAt(1))),
      /not the beginning of tile\/entries\/002\.p\/88/,
    ],
    ['a file of no log', (p) => writeFileSync(join(p, 'tile/0/note.txt'), ''), /a file that is not of the log/],
    ['a file of no log beside it', (p) => writeFileSync(join(p, 'entries.bak'), ''), /a file that is not of the log/],
    ['no checkpoint', (p) => rmSync(join(p, 'checkpoint')), /checkpoint: nothing/],
    ['an empty checkpoint', (p) => writeFileSync(join(p, 'checkpoint'), ''), /not a signed note/],
    [
      'a checkpoint of another key',
      (p) => cpSync(join(rewritten(newSigner(), entriesFrom(0, SIZE)), 'checkpoint'), join(p, 'checkpoint')),
      /not signed by/,
    ],
    [
      'a checkpoint of another log',
      (p) => cpSync(join(rewritten(newSigner('other'), entriesFrom(0, SIZE)), 'checkpoint'), join(p, 'checkpoint')),
      /not signed by/,
    ],
  ])('%s is found', (_, change, expected) => {
    expect(foundAfter(change)).toMatch(expected);
  });

  test('any change of a byte, in any file, is found', () => {
    const files = filesOf(log);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (file, offset, change) => {
        const at = join(log, files[file % files.length]!);
        const whole = readFileSync(at);
        const changed = Buffer.from(whole);
        changed[offset % changed.length]! ^= change;
        writeFileSync(at, changed);
        const { findings } = verifyLog(log, { key });
        writeFileSync(at, whole);
        expect(findings).not.toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(verifyLog(log, { key }).findings).toEqual([]);
  });

  test('every byte of a checkpoint counts', () => {
    const path = folder();
    logOf(path, signer, [5]);
    const at = join(path, 'checkpoint');
    const whole = readFileSync(at);
    for (let i = 0; i < whole.length; i++) {
      const one = Buffer.from(whole);
      one[i]! ^= 1;
      writeFileSync(at, one);
      expect(verifyLog(path, { key }).findings).not.toEqual([]);
    }
    for (const changed of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.from('\n')])]) {
      writeFileSync(at, changed);
      expect(verifyLog(path, { key }).findings).not.toEqual([]);
    }
  });

  describe('with an earlier checkpoint', () => {
    const withSince = (path: string, since = earlier) =>
      verifyLog(path, { key, since })
        .findings.map(({ where, found }) => `${where}: ${found}`)
        .join('\n');

    // The key is stolen, so the log is sound in itself: only what was noted down before tells.
    test.each<[string, () => Buffer[], RegExp]>([
      ['an edit', () => entriesFrom(0, SIZE).with(100, entryAt(0)), /first 300 entries: they were edited/],
      ['a removal', () => entriesFrom(0, SIZE).toSpliced(299, 1), /first 300 entries/],
      ['another order', () => entriesFrom(0, SIZE).with(0, entryAt(1)).with(1, entryAt(0)), /first 300 entries/],
      ['a truncation', () => entriesFrom(0, 299), /299 entries: the log was truncated/],
      ['a fork of the same size', () => entriesFrom(0, 300).with(299, entryAt(0)), /first 300 entries/],
      ['a new start', () => [], /0 entries: the log was truncated/],
    ])('%s that the key signed is found', (_, entries, expected) => {
      const path = rewritten(signer, entries());
      expect(verifyLog(path, { key }).findings).toEqual([]);
      expect(withSince(path)).toMatch(expected);
    });

    test('what came after it may differ: that needs a later one', () => {
      expect(withSince(rewritten(signer, entriesFrom(0, SIZE).with(300, entryAt(0))))).toBe('');
    });

    test('itself, and the empty one, are earlier checkpoints', () => {
      expect(withSince(log, readFileSync(join(log, 'checkpoint'), 'utf8'))).toBe('');
      const empty = folder();
      logOf(empty, signer, []);
      expect(withSince(log, readFileSync(join(empty, 'checkpoint'), 'utf8'))).toBe('');
    });

    test('one that another key signed, or that was changed, proves nothing and is found', () => {
      const forged = readFileSync(join(rewritten(newSigner(), entriesFrom(0, 300)), 'checkpoint'), 'utf8');
      expect(withSince(log, forged)).toContain('not signed by');
      expect(withSince(log, earlier.replace('\n300\n', '\n200\n'))).toContain('not one of this text');
      expect(withSince(log, 'nonsense')).toContain('not a signed note');
    });
  });

  test('what is being written is counted, not accused', () => {
    const path = folder();
    logOf(path, signer, [10]);
    const stopped = Log.open(path, signer, (step) => {
      if (step === 'tiles') throw new Error('the end');
    });
    expect(() => stopped.extend(entriesFrom(10, 300))).toThrow('the end');
    const { findings, unsigned } = verifyLog(path, { key });
    expect(findings).toEqual([]);
    expect(unsigned).toBeGreaterThan(0);
  });
});
