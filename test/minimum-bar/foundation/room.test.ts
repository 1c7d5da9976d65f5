import { expect, test } from '@jest/globals';
import { roomier } from '../../../lib/minimum-bar/foundation/room';

const MEMORY = 'spec.template.spec.containers[0].resources.limits.memory';
const more = (found: unknown, wanted: unknown, path = MEMORY): boolean =>
  roomier({ path, found, wanted, problem: 'any' });

test.each([
  ['2Gi', '1Gi'],
  ['1024Mi', '1Gi'],
  ['8Gi', '1Gi'],
  ['1', '125m'],
  [2, 1],
])('%s where %s was declared is more room', (found, wanted) => {
  expect(more(found, wanted)).toBe(true);
});

test.each([
  ['1023Mi', '1Gi'],
  ['8193Mi', '1Gi'],
  ['0', '1Gi'],
  ['-2Gi', '1Gi'],
  ['2G', '1Gi'],
  [undefined, '1Gi'],
  ['1Gi', undefined],
  [{}, '1Gi'],
])('%s where %s was declared is not', (found, wanted) => {
  expect(more(found, wanted)).toBe(false);
});

test('only what a container is given counts', () => {
  const of = 'spec.template.spec.containers[0].resources';
  expect(more('2', '1', `${of}.requests.cpu`)).toBe(true);
  expect(more('2Gi', '1Gi', `${of}.limits['ephemeral-storage']`)).toBe(true);
  for (const path of [`${of}.limits.pods`, `${of}.claims.memory`, 'spec.priority', 'spec.limits.memory'])
    expect(more('2', '1', path)).toBe(false);
});
