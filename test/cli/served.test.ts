import { expect, test } from '@jest/globals';
import { Served } from '../../cli/served';
import type { AnySynthesis } from '../../lib/synth/driver';

const of = (app: string, synthesis: object) => ({ app, outdir: 'dist', synthesis: synthesis as AnySynthesis });
const environment = (name: string, foundation?: boolean) =>
  of(`${name}.ts`, { kind: 'environment', declaration: { name, platform: { foundation } } });
const foundation = (...names: string[]) =>
  of('foundation.ts', {
    kind: 'foundation',
    declaration: { platform: {}, environments: Object.fromEntries(names.map((name) => [name, {}])) },
  });
const errors = (...results: Parameters<Served['see']>[0][]) => {
  const served = new Served();
  for (const one of results) served.see(one);
  return served.unknown().map(({ app, error }) => `${app}: ${error.message}`);
};

test('a foundation that does not know an environment is an error that names both', () => {
  expect(errors(foundation('desk'), environment('desk', true), environment('billing', true))).toEqual([
    "billing.ts: the foundation does not know the environment 'billing': foundation.ts names desk\n  fix: add 'billing' to the environments of the foundation, or leave out `foundation: true` of its platform",
  ]);
});

test('one of several foundations is enough, none at all may be elsewhere, and who wants none needs none', () => {
  expect(errors(foundation('desk'), foundation('billing'), environment('billing', true))).toEqual([]);
  expect(errors(environment('billing', true))).toEqual([]);
  expect(errors(foundation('desk'), environment('billing'))).toEqual([]);
});
