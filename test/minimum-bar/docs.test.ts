import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from '../../scripts/docs';

test.each(Object.entries(PAGES))('%s is what the generator writes (npm run docs)', (path, page) => {
  expect(readFileSync(join(__dirname, '../..', path), 'utf8')).toBe(page());
});
