import { join } from 'node:path';
import { parse } from 'yaml';
import { checkFalcoRules } from '../../lib/runtime/falco-check';
import { GOLDEN, readTree } from '../support/golden';

const TREES = ['dev', 'staging', 'prod', 'openshift'].map((stage) => `support-desk-${stage}`);

/** The rules file of an environment, as Falco reads it from the mounted ConfigMap. */
const rulesOf = (name: string): string => {
  const files = [...readTree(join(GOLDEN, name))].filter(([path]) => path.includes('falco-rules-'));
  const texts = files.flatMap(([, text]) => Object.values(parse(text).data as Record<string, string>));
  if (texts.length !== 1) throw new Error(`${name}: ${texts.length} rules files`);
  return texts[0] as string;
};

describe.each(TREES)('the rules file of %s', (name) => {
  const text = rulesOf(name);

  test('is one that Falco loads without a warning', () => {
    expect(text.match(/^- rule:/gm)?.length).toBeGreaterThan(10);
    expect(checkFalcoRules(text)).toEqual([]);
  });

  const changes = (pattern: RegExp, change: (found: string) => string): string[] =>
    [...new Set([...text.matchAll(pattern)].map(([found]) => found))].map((found) =>
      text.replace(new RegExp(`(?<![\\w.])${found.replace(/[.[\]]/g, '\\$&')}(?![\\w.])`), change(found)),
    );
  const names = (kind: 'list' | 'macro'): string[] =>
    [...text.matchAll(new RegExp(`^- ${kind}: "?(\\w+)"?$`, 'gm'))].map(([, found = '']) => found);

  test.each([
    [
      'a field with a letter too many',
      changes(/(?<=[\s(])(proc|fd|evt|k8s|container)\.[a-z_.]+(?= [=!<>a-z])/g, (f) => `${f}x`),
    ],
    ['a field of the output with a letter too many', changes(/(?<=%)[a-z0-9_.]+\.[a-z_.]+/g, (f) => `${f}x`)],
    ['a priority in lower case', changes(/(?<=priority: )[A-Z]+/g, (p) => p.toLowerCase())],
    [
      'a macro or list under another name',
      [...names('macro'), ...names('list')].map((n) =>
        text.replace(new RegExp(`^(- (?:macro|list): "?)${n}\\b`, 'm'), `$1${n}_other`),
      ),
    ],
    ['an engine too old to be named', [text.replace(/^- required_engine_version: .*\n/m, '')]],
    ['no plugin', [text.replace(/^- required_plugin_versions:\n(?: .*\n)+/m, '')]],
  ] as const)('%s is found, wherever it is', (_what, broken) => {
    expect(broken.length).toBeGreaterThan(0);
    for (const one of broken) {
      expect(one).not.toBe(text);
      expect(checkFalcoRules(one)).not.toEqual([]);
    }
  });
});
