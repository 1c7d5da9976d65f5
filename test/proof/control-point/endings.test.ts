import { expect, test } from '@jest/globals';
import type { Entry } from '../../../contract';
import { endOf, judgeEnding } from '../../../proof/control-point/endings';
import type { Ending } from '../../../proof/control-point/tunnels';

const TRACE = 'a'.repeat(32);
const decision = (id: string, trace: string, effect = 'allow') => ({
  kind: 'decision',
  id,
  how: { trace },
  why: { effect },
});
const outcome = (of: string, code: string, bytes = 10) => ({
  kind: 'outcome',
  decision: of,
  how: { tunnel: { sent: bytes, received: 0, milliseconds: 1 } },
  why: { code, reason: 'as it says' },
});
const log = (...entries: object[]): Entry[] => entries as Entry[];
const ending = (changes: Partial<Ending> = {}): Ending => ({ trace: TRACE, code: 'tunnel-capped', ...changes });
const more = (bytes: number): boolean => bytes > 100;

test('the end of a tunnel is found by its trace, where it was let begin', () => {
  const end = outcome('1', 'not-permitted');
  expect(endOf(log(decision('1', TRACE), end), ending())).toBe(end);
  expect(endOf(log(decision('1', 'b'.repeat(32)), end), ending())).toBeUndefined();
  expect(endOf(log(decision('1', TRACE, 'deny'), end), ending())).toBeUndefined();
  // The first time there were too many.
  expect(endOf(log(decision('0', TRACE, 'deny'), decision('1', TRACE), end), ending())).toBe(end);
});

test.each<[what: string, Ending, entries: readonly Entry[] | string, state: string, why?: RegExp]>([
  ['the end that was meant', ending(), log(decision('1', TRACE), outcome('1', 'tunnel-capped')), 'proven'],
  [
    'the cap that was meant',
    ending({ bytes: more }),
    log(decision('1', TRACE), outcome('1', 'tunnel-capped', 101)),
    'proven',
  ],
  [
    'another cap',
    ending({ bytes: more }),
    log(decision('1', TRACE), outcome('1', 'tunnel-capped', 100)),
    'failed',
    /for another cap/,
  ],
  [
    'another end',
    ending(),
    log(decision('1', TRACE), outcome('1', 'answered')),
    'failed',
    /it was not ended as tunnel-capped/,
  ],
  ['no end', ending(), log(decision('1', TRACE)), 'failed', /no end of this tunnel/],
  ['no tunnel', ending(), log(), 'failed', /no end of this tunnel/],
  ['no log', ending(), 'it is not sound', 'unproven', /the log does not say how it ended: it is not sound/],
])('%s', (_, meant, entries, state, why = /^$/) => {
  const judged = judgeEnding(meant, entries);
  expect(judged.state).toBe(state);
  expect(judged.why ?? '').toMatch(why);
});
