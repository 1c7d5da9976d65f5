import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { inFolder, readLog } from '../../../proof/control-point/log';

const folder = mkdtempSync(join(tmpdir(), 'log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A pod that is this machine: what would run there runs here, over this folder. */
const here = {
  kubectl: (args: readonly string[]) => {
    const [flag = '', script = ''] = args.slice(args.indexOf('--') + 2);
    const { status, stdout, stderr } = spawnSync(process.execPath, [flag, script, folder], { encoding: 'utf8' });
    return { ok: status === 0, out: stdout + stderr, stdout };
  },
};

test('what is read is what is there, byte for byte', () => {
  expect(() => readLog(here, 'desk-control')).toThrow(/kubectl exec/);
  const bytes = Buffer.from([0, 255, 10, 13]);
  mkdirSync(join(folder, 'tile/0/000.p'), { recursive: true });
  writeFileSync(join(folder, 'checkpoint'), 'signed\n');
  writeFileSync(join(folder, 'tile/0/000.p/1'), bytes);
  const files = readLog(here, 'desk-control');
  expect([...files]).toEqual([
    ['checkpoint', Buffer.from('signed\n')],
    ['tile/0/000.p/1', bytes],
  ]);
  const was = inFolder(files, (copy) => {
    expect(existsSync(join(copy, 'tile/0/000.p/1'))).toBe(true);
    return copy;
  });
  expect(existsSync(was)).toBe(false);
});
