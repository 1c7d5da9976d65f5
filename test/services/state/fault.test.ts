import { EntryConflict, EntryError, written } from '../../../services/state';
import { faultOf, isEntrysFault } from '../../../services/state/fault';
import { decision, outcome } from './example';

const error = (code?: string): Error => Object.assign(new Error('as the server says'), { code });

test.each(['22P05', '23505', '23514', '42804', '54000'])('%s is about the entry', (code) =>
  expect(isEntrysFault(error(code))).toBe(true),
);

test.each(['08006', '57P01', '42501', '53100', 'ECONNRESET', undefined])('%s is not', (code) =>
  expect(isEntrysFault(error(code))).toBe(false),
);

test('an id that says something else already is a conflict, anything else is not, and both say which entry', () => {
  const of = decision();
  const entry = written(outcome(of));
  const conflict = faultOf(entry, error('23505'));
  expect(conflict).toBeInstanceOf(EntryConflict);
  expect(conflict.message).toContain(`the outcome ${entry.id} of decision ${of.id}`);
  const other = faultOf(entry, error('23514'));
  expect(other).toBeInstanceOf(EntryError);
  expect(other).not.toBeInstanceOf(EntryConflict);
  expect(other.message).toBe(`the outcome ${entry.id} of decision ${of.id} cannot be recorded: as the server says`);
});
