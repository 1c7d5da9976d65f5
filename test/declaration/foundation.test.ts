import { describe, expect, test } from '@jest/globals';
import { DeclarationError, foundation } from '../../lib';
import { foundationOf } from '../support/foundation';

interface Change {
  /** Where the declaration is written otherwise. */
  readonly path: string;
  readonly value: unknown;
}

const problem = ({ path, value }: Change): string => {
  const draft = structuredClone(foundationOf());
  const keys = path.split('.');
  const last = keys.pop() as string;
  // biome-ignore lint/suspicious/noExplicitAny: what plain JavaScript may write
  keys.reduce((inner: any, key) => inner[key], draft)[last] = value;
  try {
    foundation(draft);
  } catch (error) {
    if (error instanceof DeclarationError) return error.message;
    throw error;
  }
  return '';
};

test('what is declared is data, frozen', () => {
  const declared = foundationOf();
  expect(Object.isFrozen(declared.environments)).toBe(true);
  expect(foundation(structuredClone(declared))).toEqual(declared);
});

describe('one clear error each', () => {
  test.each<[string, Change, string]>([
    ['no environment', { path: 'environments', value: {} }, 'at least one environment'],
    [
      'more than every alert can go to',
      {
        path: 'environments',
        value: Object.fromEntries(Array.from({ length: 62 }, (_, i) => [`e${i}`, { deployers: ['group:a'] }])),
      },
      'at most 50 environments, since each alert goes to every warden; found 62',
    ],
    ['a name that no environment has', { path: 'environments.Desk_1', value: { deployers: ['group:a'] } }, 'Desk_1'],
    ['nobody who may deploy', { path: 'environments.billing.deployers', value: [] }, 'environments.billing.deployers'],
    ['Falco by a tag', { path: 'falco.image', value: 'registry.example.com/falco:0.45' }, 'falco.image'],
    ['a socket outside of /run', { path: 'falco.runtimeSocket', value: '/etc/shadow' }, 'falco.runtimeSocket'],
    ['no form of Falco', { path: 'falco', value: { kind: 'helm' } }, 'Falco.daemonSet({ image }) or Falco.operator('],
    ['an unknown key', { path: 'privileged', value: true }, 'privileged'],
  ])('%s', (_what, change, says) => {
    expect(problem(change)).toContain(says);
  });
});
