import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { contextOf } from '../../../lib/context';
import { falcoRules } from '../../../lib/runtime/falco';
import { declarations } from '../../support/arbitrary-declaration';
import { GOLDEN, readTree } from '../../support/golden';
import fc from '../../support/property';
import { complaints, complaintsOf, falco } from './load';

const folder = mkdtempSync(join(tmpdir(), 'firepit-falco-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const saved = (text: string): string => {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, text);
  return file;
};
const rulesOf = (name: string): string => {
  const [text = ''] = [...readTree(join(GOLDEN, name))]
    .filter(([path]) => path.includes('falco-rules-'))
    .flatMap(([, configMap]) => Object.values(parse(configMap).data as Record<string, string>));
  return text;
};

const program = falco();
if (program === undefined)
  process.stderr.write('falco: not on this machine (PATH, FALCO): the real engine is not asked, our own checker is\n');

(program === undefined ? describe.skip : describe)('the real engine loads, without a warning,', () => {
  const ask = (text: string): string[] => complaints(program as string, saved(text));

  test.each(['dev', 'staging', 'prod', 'openshift'])('the rules of support-desk-%s', (stage) => {
    expect(ask(rulesOf(`support-desk-${stage}`))).toEqual([]);
  });
  test('the rules of any declaration', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const text = falcoRules(contextOf(declaration));
        expect(text === undefined ? [] : ask(text)).toEqual([]);
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });
  test('and refuses a broken one', () => {
    expect(ask(rulesOf('support-desk-dev').replace('proc.exepath', 'proc.exepathx'))).not.toEqual([]);
  });
});

describe('what the engine says', () => {
  const said = (loaded: object): string => `noise\n${JSON.stringify({ falco_load_results: [loaded] })}`;
  const fine = { name: 'r', successful: true, errors: [], warnings: [], schema_valid: true, schema_warnings: [] };
  test('all is well', () => expect(complaintsOf(said(fine))).toEqual([]));
  test.each([
    ['an error', said({ ...fine, successful: false, errors: [{ code: 'E', message: 'bad' }] }), 'E bad'],
    ['a warning', said({ ...fine, warnings: [{ code: 'LOAD_UNKNOWN_KEY', message: 'x' }] }), 'LOAD_UNKNOWN_KEY x'],
    ['a schema that is not kept', said({ ...fine, schema_valid: false, schema_warnings: ['p'] }), 'schema: p'],
    ['nothing', '', 'no answer'],
    ['no file', '{"falco_load_results": []}', 'no file'],
  ])('%s is a complaint', (_what, text, message) => {
    expect(complaintsOf(text).join()).toContain(message);
  });
  test('a program that says nothing, or is not there, has accepted nothing', () => {
    const mute = join(folder, 'falco');
    writeFileSync(mute, '#!/bin/sh\nexit 0\n');
    chmodSync(mute, 0o755);
    expect(complaints(mute, 'x')).not.toEqual([]);
    expect(complaints(join(folder, 'nowhere'), 'x')).not.toEqual([]);
  });
});
