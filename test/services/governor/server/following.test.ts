import type { Decision, Outcome, Recorder } from '../../../../services/governor/record';
import { FollowingRecorder } from '../../../../services/governor/server/following';

/** A record that keeps an outcome when it is told to. */
class Controlled implements Recorder {
  readonly asked: Outcome[] = [];
  private readonly open: { readonly kept: () => void; readonly failed: (error: Error) => void }[] = [];

  decision = async (): Promise<void> => undefined;
  outcome(outcome: Outcome): Promise<void> {
    this.asked.push(outcome);
    return new Promise((kept, failed) => this.open.push({ kept, failed }));
  }
  keep(): void {
    this.open.shift()?.kept();
  }
  fail(): void {
    this.open.shift()?.failed(new Error('no sink could keep it'));
  }
}

const chat = { decision: 'd', claims: [], event: undefined } as unknown as Outcome;
const turn = { ...chat, claims: [{ id: 'd.0' }] } as unknown as Outcome;
const call = { ...chat, event: { operation: 'tickets.close' } } as unknown as Outcome;

const world = () => {
  const inner = new Controlled();
  const lost: Outcome[] = [];
  return { inner, lost, recorder: new FollowingRecorder(inner, (outcome) => lost.push(outcome)) };
};
const rest = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
};
const isSettled = async (promise: Promise<void>): Promise<boolean> => {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  await rest();
  return settled;
};

test('a plain answer passes before its outcome is kept, and the outcome is handed over', async () => {
  const { inner, recorder, lost } = world();
  await recorder.outcome(chat);
  expect(inner.asked).toEqual([]);
  const idle = recorder.idle();
  expect(await isSettled(idle)).toBe(false);
  expect(inner.asked).toEqual([chat]);
  inner.keep();
  await idle;
  expect(lost).toEqual([]);
});

test.each([
  ['what a model asked for', turn],
  ['a call', call],
])('an answer waits for its outcome where later calls are judged by it: %s', async (_, outcome) => {
  const { inner, recorder } = world();
  const waiting = recorder.outcome(outcome);
  expect(await isSettled(waiting)).toBe(false);
  inner.keep();
  await waiting;
});

test('and nothing passes where it is not kept', async () => {
  const { inner, recorder, lost } = world();
  const waiting = recorder.outcome(call);
  inner.fail();
  await expect(waiting).rejects.toThrow('no sink could keep it');
  expect(lost).toEqual([]);
});

test('once an outcome is lost it is told, and answers wait until one is kept again', async () => {
  const { inner, recorder, lost } = world();
  await recorder.outcome(chat);
  await rest();
  inner.fail();
  await rest();
  expect(lost).toEqual([chat]);

  const refused = recorder.outcome(chat);
  expect(await isSettled(refused)).toBe(false);
  inner.fail();
  await expect(refused).rejects.toThrow('no sink could keep it');

  const waiting = recorder.outcome(chat);
  expect(await isSettled(waiting)).toBe(false);
  inner.keep();
  await waiting;
  await recorder.outcome(chat);
  expect(lost).toEqual([chat]);
});

test('not more than a thousand answers are ahead of their outcomes', async () => {
  const { inner, recorder } = world();
  for (let i = 0; i < 1_000; i++) await recorder.outcome(chat);
  const waiting = recorder.outcome(chat);
  expect(await isSettled(waiting)).toBe(false);
  for (let i = 0; i <= 1_000; i++) inner.keep();
  await waiting;
  await recorder.idle();
});

test('a decision is waited for, always', async () => {
  const { inner, recorder } = world();
  inner.decision = () => Promise.reject(new Error('no sink could keep it'));
  await expect(recorder.decision({} as Decision, undefined)).rejects.toThrow('no sink could keep it');
});
