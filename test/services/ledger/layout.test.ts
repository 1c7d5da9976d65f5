import { bundleOf, entriesOf, hashesOf, nameOf, pathOf } from '../../../services/ledger/layout';
import fc from '../../support/property';

describe('the layout of a log', () => {
  test('is that of tlog-tiles', () => {
    expect(pathOf({ level: 0, index: 0, width: 256 })).toBe('tile/0/000');
    expect(pathOf({ level: 0, index: 273, width: 112 })).toBe('tile/0/273.p/112');
    expect(pathOf({ level: 'entries', index: 1_234_067, width: 256 })).toBe('tile/entries/x001/x234/067');
  });

  test('every path names one tile', () => {
    const name = fc.record({
      level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 7 })),
      index: fc.integer({ min: 0, max: 2 ** 40 }),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(fc.property(name, (given) => expect(nameOf(pathOf(given))).toEqual(given)));
  });

  test.each([
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/000.p/07',
    'tile/00/000',
    'tile/0/x000/001',
    'tile/0/1',
    'tile/0/000.p/1/2',
    'tile/entries/000.tmp',
  ])('%s names nothing', (path) => expect(nameOf(path)).toBeUndefined());

  test('a bundle gives back its entries, and nothing else is one', () => {
    const entries = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(65_535, 1)];
    const bundle = bundleOf(entries);
    expect(entriesOf(bundle)).toEqual(entries);
    for (const wrong of [bundle.subarray(0, -1), bundle.subarray(1), Buffer.concat([bundle, Buffer.of(0)])])
      expect(entriesOf(wrong)).toBeUndefined();
    expect(hashesOf(Buffer.alloc(33))).toBeUndefined();
  });
});
