import { append, eraseBody, written } from '../../../../services/state';
import { decision as otherDecision } from '../../state/example';
import { call, decision, outcome, START } from './example';
import type { World } from './world';

const unavailable = { code: 'unavailable' };

/** What is not there any more, or not as it was recorded. */
export function trustSuite(world: World): void {
  const { administrator, entries, opened, replica } = world;

  describe('what was erased', () => {
    const erase = async (part: 'arguments' | 'claims'): Promise<void> => {
      for (const one of await entries(0)) {
        const commitment = one.kind === 'event' ? undefined : (one.what as Record<string, unknown>)[part];
        if (one.environment === world.name && commitment !== undefined)
          await eraseBody(world.eraser, commitment as string);
      }
    };

    test('is over every sum while it counts, and no other rule is', async () => {
      const one = await replica();
      const of = await opened(one);
      expect(await call(one, { run: of })).toBe('allowed');
      await erase('arguments');
      const two = await replica();
      expect(await call(two, { run: of })).toBe('denied');
      expect(await call(two, { run: of, operation: 'bank.read', reach: 'internal' })).toBe('allowed');
      world.now = START + 601_000;
      expect(await call(two, { run: of, at: world.now })).toBe('allowed');
    });

    test('explains nothing', async () => {
      const one = await replica();
      const of = await opened(one);
      const turn = decision({ run: of, event: undefined });
      await one.recorder.decision(turn, undefined);
      await one.recorder.outcome(
        outcome(turn, { claims: [{ id: `${turn.id}.0`, name: 'pay', digest: `sha256:${'3'.repeat(64)}` }] }),
      );
      expect((await (await replica()).history.past('payer', of)).claims).toHaveLength(1);
      await erase('claims');
      expect((await (await replica()).history.past('payer', of)).claims).toEqual([]);
    });
  });

  describe('what somebody changed in the database is not judged by', () => {
    test.each<[string, string, string]>([
      ['an entry', 'entries', `update firepit.entries set entry = replace(entry, '"write"', '"read"') where run = $1`],
      [
        'a step',
        'steps',
        `delete from firepit.steps where sequence = 'run:' || $1 and index = (select min(index) from firepit.entries where run = $1 and kind = 'decision')`,
      ],
      [
        'a body',
        'bodies',
        `update firepit.bodies set body = 'x' where commitment in (select body from firepit.steps where sequence = 'run:' || $1)`,
      ],
      [
        'a step, and the head after it',
        'steps',
        `with gone as (delete from firepit.steps where sequence = 'run:' || $1 and index = (select min(index) from firepit.steps where sequence = 'run:' || $1) returning index)
          update firepit.steps s set head = sha256(convert_to(e.entry, 'UTF8')) from firepit.entries e, gone
          where e.index = s.index and s.sequence = 'run:' || $1 and s.index > gone.index`,
      ],
      ['a head', 'steps', `update firepit.steps set head = sha256('x') where sequence = 'run:' || $1`],
    ])('%s', async (_, table, sql) => {
      const one = await replica();
      const of = await opened(one);
      for (let i = 0; i < 2; i++) expect(await call(one, { run: of })).toBe('allowed');
      await administrator(table, sql.replaceAll('$1', `'${of}'`));
      const two = await replica();
      await expect(two.history.past('payer', of)).rejects.toMatchObject(unavailable);
      expect(world.problems.join()).toMatch(/says something else|judged after other steps/);
      await expect(two.runs.find(of)).rejects.toMatchObject(unavailable);
    });

    test('another past than the one that was read', async () => {
      const one = await replica();
      const of = await opened(one);
      expect(await call(one, { run: of })).toBe('allowed');
      await one.history.past('payer', of, 'new');
      await administrator('steps', `delete from firepit.steps where sequence = 'run:${of}'`);
      await append(world.owner, [
        written(otherDecision({ environment: world.name }), [], {
          steps: [{ sequence: `run:${of}`, at: START, taint: [] }],
        }),
      ]);
      await expect(one.history.past('payer', of, 'new')).rejects.toMatchObject(unavailable);
      expect(world.problems.join()).toContain('does not go on');
    });

    test('an entry of another environment', async () => {
      const one = await replica();
      const of = await opened(one);
      await append(world.owner, [
        written(otherDecision({ environment: 'other' }), [], {
          steps: [{ sequence: `run:${of}`, at: START, taint: [] }],
        }),
      ]);
      await expect(one.history.past('payer', of, 'new')).rejects.toMatchObject(unavailable);
      expect(world.problems.join()).toContain('an entry of other');
    });
  });
}
