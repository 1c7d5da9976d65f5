import { expect, test } from '@jest/globals';
import { isOwnNamespace } from '../../lib/declaration/own-namespaces';
import { namesOf } from '../../lib/names';

test('the namespaces that an environment has are its own, and others are not', () => {
  const { agents, control, models } = namesOf('desk');
  expect([agents, control, models].filter((one) => !isOwnNamespace('desk', one))).toEqual([]);
  for (const other of ['desk-', 'desk-other', 'help-desk', 'control', ''])
    expect([other, isOwnNamespace('desk', other)]).toEqual([other, false]);
});
