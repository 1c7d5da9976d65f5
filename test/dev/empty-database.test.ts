import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeEmptyDatabase } from '../../dev/empty-database';

const root = mkdtempSync(join(tmpdir(), 'firepit-empty-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const make = async (folder: string): Promise<void> => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'PG_VERSION'), String(++made));
};
const kept = join(root, 'cache', 'pglite-1');
const content = (name: string): string => readFileSync(join(root, name, 'PG_VERSION'), 'utf8');

test('it is made once, and copied after that, for its user alone', async () => {
  await placeEmptyDatabase(join(root, 'a'), kept, make);
  await placeEmptyDatabase(join(root, 'b'), kept, make);
  expect([content('a'), content('b'), made]).toEqual(['1', '1', 1]);
  expect(statSync(join(root, 'b')).mode & 0o077).toBe(0);
  expect(readdirSync(root).sort()).toEqual(['a', 'b', 'cache']);
});

test('one that is there is left alone', async () => {
  writeFileSync(join(root, 'a', 'PG_VERSION'), 'in use');
  await placeEmptyDatabase(join(root, 'a'), kept, make);
  expect(content('a')).toBe('in use');
});

test('without a cache that can be written it is made each time', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  const before = made;
  for (const name of ['c', 'd']) await placeEmptyDatabase(join(root, name), join(file, 'pglite-1'), make);
  expect(made).toBe(before + 2);
  expect(existsSync(join(root, 'd', 'PG_VERSION'))).toBe(true);
});
