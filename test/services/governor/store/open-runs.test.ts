import { OpenRuns } from '../../../../services/governor/store/open-runs';
import { run } from './example';

test('an open run is remembered until it is found otherwise', () => {
  const runs = new OpenRuns();
  const [one, other] = [run(), run()];
  runs.found(one.id, one);
  runs.found(other.id, other);
  expect(runs.find(one.id)).toEqual(one);
  runs.found(one.id, { ...one, state: 'paused' });
  expect(runs.find(one.id)).toBeUndefined();
  runs.found(other.id, undefined);
  expect(runs.find(other.id)).toBeUndefined();
});

test('a run that was found stopped or paused is asked for again', () => {
  const runs = new OpenRuns();
  for (const state of ['stopped', 'paused'] as const) {
    const one = run({ state });
    runs.found(one.id, one);
    expect(runs.find(one.id)).toBeUndefined();
  }
});

test('memory is bounded, and the oldest goes first', () => {
  const runs = new OpenRuns(2);
  const [one, two, three] = [run(), run(), run()];
  for (const each of [one, two, three]) runs.found(each.id, each);
  expect([one, two, three].map(({ id }) => runs.find(id)?.id)).toEqual([undefined, two.id, three.id]);
});
