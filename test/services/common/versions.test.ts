import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { files } from '../governor/support/environment';

/** A release after this one: its contract has one version more, and everything else as it is. */
const NEXT = 2;
const root = mkdtempSync(join(tmpdir(), 'firepit-versions-'));
const { file, text } = files(root);
afterAll(() => rmSync(root, { recursive: true }));

let read: () => { readonly config: { readonly version: number } };
beforeEach(() => {
  jest.resetModules();
  jest.doMock('../../../contract/version', () => ({ CONTRACT_VERSION: NEXT }));
  const { readConfiguration } =
    require('../../../services/governor/configuration') as typeof import('../../../services/governor/configuration');
  read = () => readConfiguration(file, root);
});
afterEach(() => {
  jest.dontMock('../../../contract/version');
});
const written = (version: unknown): void => writeFileSync(file, JSON.stringify({ ...JSON.parse(text), version }));

test.each([NEXT, NEXT - 1])('a governor of the next release starts on a file of version %d', (version) => {
  written(version);
  expect(read().config.version).toBe(version);
});

test.each([NEXT - 2, NEXT + 1, String(NEXT), null])('and on none of version %j', (version) => {
  written(version);
  expect(read).toThrow(/version: found .*; expected: 2 or 1\. Roll out service and configuration together$/);
});
