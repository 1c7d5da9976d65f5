import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { missing } = require('../../scripts/lock') as { missing(lock: object): [string, object][] };
const lock = JSON.parse(readFileSync(join(__dirname, '../../package-lock.json'), 'utf8'));

describe('package-lock.json', () => {
  test('names the optional packages of every platform, so that npm ci works on each', () => {
    expect(missing(lock)).toEqual([]);
  });

  test('a lock that lacks one is noticed', () => {
    const { 'node_modules/@swc/core-darwin-arm64': _, ...packages } = lock.packages;
    expect(missing({ packages })).toEqual([
      [
        'node_modules/@swc/core-darwin-arm64',
        {
          version: lock.packages['node_modules/@swc/core'].version,
          dev: true,
          optional: true,
          os: ['darwin'],
          cpu: ['arm64'],
        },
      ],
    ]);
  });

  test('names no registry: what it resolves is a folder of ours', () => {
    expect(JSON.stringify(lock)).not.toMatch(/"resolved":"(?!services\/)/);
  });
});
