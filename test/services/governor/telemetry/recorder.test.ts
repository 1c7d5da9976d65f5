import type { Decision, Outcome } from '../../../../services/governor/record';
import { TracedRecorder } from '../../../../services/governor/telemetry/recorder';
import { decision, outcome } from './example';

const world = (fails: boolean) => {
  const [decided, ended]: [Decision[], Outcome[]] = [[], []];
  const record = async (): Promise<void> => {
    if (fails) throw new Error('disk full');
  };
  const recorder = new TracedRecorder(
    { decision: record, outcome: record },
    { decided: (one) => void decided.push(one), ended: (one) => void ended.push(one) },
  );
  return { recorder, decided, ended };
};

test('what is on record is told', async () => {
  const { recorder, decided, ended } = world(false);
  await recorder.decision(decision(), undefined);
  await recorder.outcome(outcome());
  expect([decided, ended]).toEqual([[decision()], [outcome()]]);
});

test('a decision that is not on record is none; an answer that is not has not passed', async () => {
  const { recorder, decided, ended } = world(true);
  await expect(recorder.decision(decision(), undefined)).rejects.toThrow('disk full');
  await expect(recorder.outcome(outcome())).rejects.toThrow('disk full');
  expect(decided).toEqual([]);
  expect(ended).toMatchObject([{ withheld: true, code: 'unavailable', phase: 'error' }]);
});
