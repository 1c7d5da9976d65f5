import type { RunState } from '../../../../services/governor/store';
import { size } from '../../../../services/state';
import { ADA, call, decision, Judging, run, START } from './example';
import type { World } from './world';

const POLL_MS = 10_000;

/** Runs, and what people do to them. */
export function runsSuite(world: World): void {
  const { entries, opened, replica } = world;

  describe('runs', () => {
    const turn = { by: ADA, reason: 'it went astray', at: START };

    test('are what they are for every replica at once', async () => {
      const [one, two] = [await replica(), await replica()];
      const given = run();
      await one.runs.add(given);
      expect(await two.runs.find(given.id)).toEqual(given);
      expect(await two.runs.find('run-nobody')).toBeUndefined();
      const from = await size(world.owner);
      expect(await one.runs.pause(given.id, turn)).toBe('paused');
      expect((await two.runs.find(given.id))?.state).toBe('paused');
      expect(await two.runs.resume(given.id, turn)).toBe('open');
      expect((await one.runs.find(given.id))?.state).toBe('open');
      expect(await one.runs.stop(given.id, turn)).toBe('stopped');
      expect((await two.runs.find(given.id))?.state).toBe('stopped');
      expect((await entries(from)).map(({ what }) => 'event' in what && what.event)).toEqual([
        'run.paused',
        'run.resumed',
        'run.stopped',
      ]);
    });

    test('that are stopped stay stopped, and a turn that changes nothing is no entry', async () => {
      const one = await replica();
      const of = await opened(one);
      await one.runs.stop(of, turn);
      const from = await size(world.owner);
      expect(await one.runs.resume(of, turn)).toBe('stopped');
      expect(await one.runs.pause(of, turn)).toBe('stopped');
      expect(await one.runs.stop(of, turn)).toBe('stopped');
      expect(await one.runs.stop('run-nobody', turn)).toBeUndefined();
      expect(await size(world.owner)).toBe(from);
    });

    test.each(['stop', 'pause'] as const)('let nothing through after a %s, whenever it was found', async (how) => {
      const [one, two] = [await replica(), await replica()];
      const of = await opened(one);
      const early = await Judging.of(one, { run: of });
      const turnAnswer = decision({ run: of, event: undefined });
      await two.runs[how](of, turn);
      const code = how === 'stop' ? 'run-stopped' : 'run-paused';
      await expect(early.record()).rejects.toMatchObject({ code });
      await expect(one.recorder.decision(turnAnswer, undefined)).rejects.toMatchObject({ code });
      const denial = decision({ run: of, effect: 'deny', code, event: undefined });
      await one.recorder.decision(denial, undefined);
      const ids = (await entries(0)).map(({ id }) => id);
      expect(ids).toContain(denial.id);
      expect(ids).not.toContain(turnAnswer.id);
    });

    test('have handles for the agents that are asked in them, which every replica knows and which go with the run', async () => {
      const [one, two] = [await replica(), await replica()];
      const of = await opened(one, { expires: START + 1 });
      const handed = { id: `handle-${of}`, run: of, agent: 'triage', through: ['payer'] };
      await one.runs.hand(handed);
      expect(await two.runs.handed(handed.id)).toEqual(handed);
      expect(await two.runs.handed('handle-nobody')).toBeUndefined();
      await expect(one.runs.hand({ ...handed, agent: 'payer' })).rejects.toThrow();
      await expect(one.runs.hand({ ...handed, id: 'handle-a', run: 'run-nobody' })).rejects.toThrow();
      await expect(one.runs.hand({ ...handed, id: 'handle-b', through: [] })).rejects.toThrow();
      await one.runs.expire(START + 2);
      expect(await two.runs.handed(handed.id)).toBeUndefined();
    });

    test('that expired are forgotten, and those that did not are not', async () => {
      const one = await replica();
      const [old, young] = [await opened(one, { expires: START + 1 }), await opened(one)];
      expect(await call(one, { run: old })).toBe('allowed');
      const early = await Judging.of(one, { run: old });
      expect(await one.runs.expire(START + 2)).toBe(1);
      expect(await one.runs.find(old)).toBeUndefined();
      expect(await one.runs.find(young)).toMatchObject({ state: 'open' });
      await expect(early.record()).rejects.toMatchObject({ code: 'run-unknown' });
    });

    test('tell calls in progress what becomes of them', async () => {
      const [one, two] = [await replica(), await replica()];
      const [of, other] = [await opened(one), await opened(one)];
      const told: RunState[] = [];
      // A machine too busy to ask says so in between; what it says of the run is the same.
      const tell = (state: RunState): void => {
        if (state !== 'unknown' && told.at(-1) !== state) told.push(state);
      };
      const next = async (count: number): Promise<void> => {
        const deadline = Date.now() + POLL_MS;
        while (told.length < count && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const ends = [one.runs.watch(of, tell), one.runs.watch(other, () => {})];
      await next(1);
      expect(told).toEqual(['open']);
      await two.runs.pause(of, turn);
      await next(2);
      await two.runs.stop(other, turn);
      await two.runs.stop(of, turn);
      await next(3);
      expect(told).toEqual(['open', 'paused', 'stopped']);
      for (const end of ends) end();
      const none: RunState[] = [];
      const end = one.runs.watch('run-nobody', (state) => none.push(state));
      const deadline = Date.now() + POLL_MS;
      while (none.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(none).toEqual(['unknown']);
      end();
    });
  });
}
