import { expect, test } from '@jest/globals';
import { ended } from '../../../../services/governor/server/ended';

test('a run that was stopped, and one of which nobody knows, end for reasons of their own', () => {
  expect(ended('stopped')).toMatchObject({ code: 'run-stopped', detail: 'somebody stopped this run' });
  expect(ended('unknown')).toMatchObject({ code: 'unavailable', detail: 'the state of the run cannot be read' });
});
