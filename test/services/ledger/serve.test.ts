import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { answerOf } from '../../../services/ledger/serve';

const folder = mkdtempSync(join(tmpdir(), 'firepit-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'tile/0'), { recursive: true });
mkdirSync(join(folder, '.staging'));
for (const [path, text] of Object.entries({
  checkpoint: 'note',
  'tile/0/000': 'hashes',
  '.staging/7': 'half',
  key: 'k',
}))
  writeFileSync(join(folder, path), text);

const status = (path: string, method = 'GET'): number => answerOf(folder, method, path).status;

test('the checkpoint is never kept, a tile for ever', () => {
  expect(answerOf(folder, 'GET', '/checkpoint')).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: Buffer.from('note'),
  });
  expect(answerOf(folder, 'GET', '/tile/0/000').headers['cache-control']).toContain('immutable');
  expect(status('/tile/0/000', 'HEAD')).toBe(200);
});

test.each([
  '/',
  '/key',
  '/.staging/7',
  '/tile',
  '/tile/0/001',
  '/tile/0/000.p/256',
  '/tile/../key',
  '/tile/0/../../key',
  '/checkpoint/',
  '//checkpoint',
  '/checkpoint?x',
  '/tile/0/%30%30%30',
])('nothing but the files of the log: %s', (path) => {
  expect(status(path)).toBe(404);
});

test.each(['PUT', 'POST', 'DELETE', 'PATCH'])('nobody writes: %s', (method) => {
  expect(status('/checkpoint', method)).toBe(405);
});
