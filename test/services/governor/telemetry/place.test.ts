import { placeOf } from '../../../../services/governor/telemetry/place';

const RUN = `run-${'0123456789abcdef'.repeat(2)}`;

test('a run is one trace under its own number, and its question is the root, whoever asks', () => {
  const root = placeOf(RUN, true);
  const [call, other] = [placeOf(RUN, false), placeOf(RUN, false)];
  expect(root).toEqual({ trace: RUN.slice(4), span: expect.stringMatching(/^[0-9a-f]{16}$/), parent: undefined });
  expect([call.trace, call.parent]).toEqual([root.trace, root.span]);
  expect(call.span).not.toBe(other.span);
  expect(placeOf(RUN, true)).toEqual(root);
});

test('what belongs to no run, or to one that is none, is a trace of its own', () => {
  for (const run of [undefined, 'run-1', `${RUN}0`, RUN.toUpperCase()]) {
    const [first, second] = [placeOf(run, false), placeOf(run, true)];
    expect(first).toMatchObject({ trace: expect.stringMatching(/^[0-9a-f]{32}$/), parent: undefined });
    expect(first.trace).not.toBe(second.trace);
  }
});
