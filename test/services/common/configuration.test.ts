import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { CONTRACT_VERSION, governorConfig, ledgerConfig, VERSIONS_READ } from '../../../contract';
import { contextOf } from '../../../lib/context';
import { governorConfigOf } from '../../../lib/governor';
import { ledgerConfigOf } from '../../../lib/ledger';
import { ConfigurationError, configurationOf } from '../../../services/common/configuration';
import { desk } from '../../support/desk';

const folder = mkdtempSync(join(tmpdir(), 'firepit-configuration-'));
afterAll(() => rmSync(folder, { recursive: true }));

const context = contextOf(desk());
const SERVICES: readonly [string, z.ZodType<unknown>, object][] = [
  ['governor', governorConfig, governorConfigOf(context)],
  ['ledger', ledgerConfig, ledgerConfigOf(context)],
];

const fileOf = (name: string, value: unknown): string => {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
};

test('a service reads the version that lib writes, and at most the one before', () => {
  expect(VERSIONS_READ[0]).toBe(CONTRACT_VERSION);
  expect([1, 2]).toContain(VERSIONS_READ.length);
  expect(VERSIONS_READ.slice(1).every((before) => before === CONTRACT_VERSION - 1)).toBe(true);
});

describe.each(SERVICES)('%s', (name, schema, config) => {
  test('reads each version of the table', () => {
    for (const version of VERSIONS_READ)
      expect(configurationOf(fileOf(name, { ...config, version }), schema)).toMatchObject({ version });
  });

  test.each<[string, unknown, string]>([
    ['newer', CONTRACT_VERSION + 1, '2'],
    ['older than the table', Math.min(...VERSIONS_READ) - 1, '0'],
    ['text', String(CONTRACT_VERSION), '"1"'],
    ['between two', CONTRACT_VERSION + 0.5, '1.5'],
    ['in a list', [CONTRACT_VERSION], '[1]'],
    ['null', null, 'null'],
    ['missing', undefined, 'nothing'],
  ])('refuses another one, whatever else is in the file: %s', (_what, version, found) => {
    // Of another version nothing else is judged: what this one knows of it may be wrong.
    for (const rest of [config, { anything: true }]) {
      const file = fileOf(name, { ...rest, version });
      const read = (): unknown => configurationOf(file, schema);
      expect(read).toThrow(ConfigurationError);
      expect(read).toThrow(
        new RegExp(
          `^${file}: not a configuration this service can run on\\n  version: found ${found.replace(/[[\].]/g, '\\$&')}; expected: 1\\. Roll out service and configuration together$`,
        ),
      );
    }
  });

  test.each(['', '{', '7', 'null', '[]', '"1"'])('refuses what is no object of any version: %j', (text) => {
    expect(() => configurationOf(fileOf(name, text), schema)).toThrow(ConfigurationError);
  });
});
