import type { Pending } from '../../../../services/governor/context';
import type { Hold, Verdict } from '../../../../services/governor/decide';
import type { Run } from '../../../../services/governor/identify/runs';
import type { HttpRequest } from '../../../../services/governor/parse/request';
import { verdictInTime } from '../../../../services/governor/server/verdict';
import type { RunState } from '../../../../services/governor/store';

const http: HttpRequest = { door: 'back', method: 'POST', path: '/', headers: [], body: Buffer.alloc(0) };
const approvals = { server: { host: 'approvals', port: 1 }, deadlineSeconds: 900, approvers: [] };
const forwarded: Verdict = { kind: 'forward', pending: { decision: 'one' } as Pending, headers: {} };
const run = { id: 'run-1' } as Run;

type Decide = (hold: Hold, tell: (state: RunState) => void) => Promise<Verdict>;
const judged = (decide: Decide, decisionMilliseconds: number) => {
  const asked: number[] = [];
  const late: string[] = [];
  let tell: (state: RunState) => void = () => undefined;
  const verdict = verdictInTime(
    {
      config: { limits: { bodyBytes: 1, jsonDepth: 1, decisionMilliseconds, agentCalls: 1 }, approvals },
      governor: { request: (_, hold) => decide(hold as Hold, (state) => tell(state)) },
      runs: {
        watch: (_, told) => {
          tell = told;
          return () => undefined;
        },
      },
    },
    http,
    {
      left: () => new AbortController().signal,
      ask: (seconds) => void asked.push(seconds),
      late: async ({ decision }) => void late.push(decision),
    },
  );
  return { verdict, asked, late };
};

test('a verdict in time is the verdict', async () => {
  const { verdict, asked, late } = judged(async () => forwarded, 60_000);
  expect(await verdict).toBe(forwarded);
  expect([asked, late]).toEqual([[], []]);
});

test('one that comes later is a no, and what was let through is told', async () => {
  let decide: (verdict: Verdict) => void = () => undefined;
  const later = new Promise<Verdict>((done) => {
    decide = done;
  });
  const { verdict, late } = judged(() => later, 1);
  expect(await verdict).toMatchObject({ kind: 'deny', denial: { code: 'unavailable' } });
  decide(forwarded);
  await new Promise(setImmediate);
  expect(late).toEqual(['one']);
});

test('while a paused run waits no time passes, and Envoy is asked once', async () => {
  jest.useFakeTimers();
  try {
    const { verdict, asked } = judged(async (hold, tell) => {
      for (const _ of ['first', 'second']) {
        const resumed = hold(run);
        jest.advanceTimersByTime(60_000);
        tell('open');
        await resumed;
      }
      return forwarded;
    }, 1_000);
    expect(await verdict).toBe(forwarded);
    expect(asked).toEqual([approvals.deadlineSeconds + 20]);
  } finally {
    jest.useRealTimers();
  }
});

test('an error of the governor is the error', async () => {
  await expect(judged(() => Promise.reject(new Error('broken')), 60_000).verdict).rejects.toThrow('broken');
});
