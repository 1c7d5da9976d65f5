import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLog } from '../../../services/ledger';
import { Log, type Step } from '../../../services/ledger/log';
import fc from '../../support/property';
import { entriesFrom, filesOf, folders, logOf, newSigner } from './example';

const signer = newSigner();
const folder = folders();
const sound = (path: string) => {
  const { findings, checkpoint, signed } = verifyLog(path, { key: () => signer });
  expect(findings).toEqual([]);
  expect(signed).toBe('verified');
  return checkpoint;
};

describe('a log', () => {
  test('is sound at every size across tiles, and the same however it was reached', () => {
    const [once, often] = [folder(), folder()];
    const sizes = [1, 2, 3, 255, 256, 257, 511, 512, 600];
    logOf(often, signer, sizes);
    logOf(once, signer, [600]);
    expect(sound(often)).toEqual(sound(once));
    // Unfinished tiles of a tile that is full by now are gone; those of the edge stay for readers that are late.
    expect(filesOf(often).filter((path) => path.startsWith('tile/0'))).toEqual([
      'tile/0/000',
      'tile/0/001',
      'tile/0/002.p/88',
    ]);
  });

  test('empty is signed too', () => {
    const path = folder();
    logOf(path, signer, []);
    expect(sound(path)?.size).toBe(0);
  });

  test('goes on where it was left, whenever it is opened again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 5 }), (steps) => {
        const path = folder();
        let size = 0;
        for (const step of steps) {
          size += step;
          expect(logOf(path, signer, [size]).size).toBe(size);
        }
        expect(sound(path)?.size).toBe(size);
      }),
      { numRuns: 8 },
    );
  });

  // The process may end after any step: what is there then is sound, and goes on to the same tree.
  test.each<Step>(['bundles', 'tiles', 'checkpoint', 'cleaned'])('survives an end after %s', (step) => {
    const whole = folder();
    logOf(whole, signer, [700]);
    const path = folder();
    logOf(path, signer, [100, 250]);
    const end = () =>
      logOf(path, signer, [600], (at) => {
        if (at === step) throw new Error('the end');
      });
    expect(end).toThrow('the end');
    expect(sound(path)?.size).toBe(step === 'bundles' || step === 'tiles' ? 250 : 600);
    // More became durable meanwhile: the next step is another one than that which was interrupted.
    logOf(path, signer, [700]);
    expect(sound(path)).toEqual(sound(whole));
  });

  test('survives an end after any number of files', () => {
    const before = folder();
    logOf(before, signer, [250]);
    const after = folder();
    cpSync(before, after, { recursive: true });
    logOf(after, signer, [600]);
    const added = filesOf(after).filter((path) => path !== 'checkpoint' && !filesOf(before).includes(path));
    expect(added.length).toBeGreaterThan(5);
    for (let count = 0; count <= added.length; count++) {
      const path = folder();
      cpSync(before, path, { recursive: true });
      for (const file of added.slice(0, count)) cpSync(join(after, file), join(path, file), { recursive: true });
      writeFileSync(join(path, '.staging/0'), 'half a fi');
      expect(sound(path)?.size).toBe(250);
      logOf(path, signer, [600]);
      expect(sound(path)).toEqual(sound(after));
    }
  });

  test('never signs two different trees: other entries in the place of written ones are refused', () => {
    const path = folder();
    logOf(path, signer, [10]);
    const stopped = Log.open(path, signer, (step) => {
      if (step === 'tiles') throw new Error('the end');
    });
    expect(() => stopped.extend(entriesFrom(10, 20))).toThrow('the end');
    expect(() => Log.open(path, signer).extend(entriesFrom(11, 21))).toThrow('a log only grows');
    expect(sound(path)?.size).toBe(10);
  });

  test('two writers in one folder: the second to sign stops', () => {
    const path = folder();
    const [one, two] = [logOf(path, signer, [5]), Log.open(path, signer)];
    one.extend(entriesFrom(5, 6));
    expect(() => two.extend(entriesFrom(5, 8))).toThrow('a checkpoint that another process wrote');
    expect(sound(path)?.size).toBe(6);
  });

  test('is not continued with another key, another name, or a changed edge', () => {
    const path = folder();
    logOf(path, signer, [300]);
    expect(() => Log.open(path, newSigner())).toThrow('not signed by firepit.dev/desk with the key');
    expect(() => Log.open(path, newSigner('firepit.dev/other'))).toThrow('not signed by firepit.dev/other');
    const tile = join(path, 'tile/0/001.p/44');
    const bytes = readFileSync(tile);
    bytes[7]! ^= 1;
    writeFileSync(tile, bytes);
    expect(() => Log.open(path, signer)).toThrow(/found: {4}tiles with the root/);
    rmSync(tile);
    expect(() => Log.open(path, signer)).toThrow(/found: {4}no tile\/0\/001\.p\/44/);
  });
});
