import { contextOf } from '../../lib/context';
import { checkDeclaration } from '../../lib/declaration/environment';
import { fork } from '../../lib/declaration/fork';
import { governorConfigOf } from '../../lib/governor';
import { ledgerConfigOf } from '../../lib/ledger';
import { draft } from '../support/bar';
import { changed, desk } from '../support/desk';

const telling = changed((d) => {
  d.telemetry = { content: true };
});

test('what is said stays where it is, unless an environment declares otherwise; then the governor alone tells it', () => {
  expect(governorConfigOf(contextOf(desk())).telemetry).not.toHaveProperty('content');
  const context = contextOf(telling);
  expect(governorConfigOf(context).telemetry.content).toBe(true);
  expect(ledgerConfigOf(context).telemetry).not.toHaveProperty('content');
  expect(draft(telling).check().findings).toEqual([]);
});

test.each([{ content: false }, { content: 'yes' }, {}, { content: true, more: true }])(
  '%j is not declared',
  (telemetry) =>
    expect(() =>
      checkDeclaration(
        changed((d) => {
          d.telemetry = telemetry;
        }),
      ),
    ).toThrow(/telemetry/),
);

test('a fork of a base that locks it cannot turn it on', () => {
  const locked = checkDeclaration(
    changed((d) => {
      d.locked = ['telemetry'];
    }),
  );
  expect(() => fork(locked, { telemetry: { content: true } } as never)).toThrow(/telemetry/);
});
