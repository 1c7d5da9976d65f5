import type { Change } from '../../../../services/governor/manifest';
import { StoredManifests } from '../../../../services/governor/store/manifests';
import { needsOf } from '../../../../services/governor/store/needs';
import { size } from '../../../../services/state';
import type { World } from './world';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const SEEN = {
  agent: 'payer',
  decision: '00000000-0000-4000-8000-000000000002',
  at: Date.parse('2026-11-22T12:00:00Z'),
};
const change = (operation: string, more: Partial<Change> = {}): Change => ({
  operation,
  digest: digest('1'),
  before: undefined,
  pinned: undefined,
  ...more,
});

/** What servers showed of their tools. */
export function manifestsSuite(world: World): void {
  test('what was shown last is known to every replica, and its changes are on record', async () => {
    const [one, two] = [await world.replica(), await world.replica()];
    const from = await size(world.owner);
    const both = ['bank.pay', 'bank.read'];
    expect(await two.manifests.shown(both)).toEqual(new Map());
    await one.manifests.change([change('bank.pay'), change('bank.read', { digest: digest('2') })], SEEN);
    expect(await two.manifests.shown(both)).toEqual(
      new Map([
        ['bank.pay', digest('1')],
        ['bank.read', digest('2')],
      ]),
    );
    await two.manifests.change(
      [change('bank.pay', { digest: digest('3'), before: digest('1'), pinned: digest('1') })],
      SEEN,
    );
    expect(await one.manifests.shown(['bank.pay'])).toEqual(new Map([['bank.pay', digest('3')]]));
    const entries = await world.entries(from);
    expect(entries).toMatchObject([
      { kind: 'event', what: { event: 'tool.shown', subject: 'bank.pay' }, who: { agent: 'payer' } },
      { what: { event: 'tool.shown', subject: 'bank.read' }, decision: SEEN.decision },
      {
        what: { event: 'tool.changed', subject: 'bank.pay' },
        why: {
          reason: expect.stringContaining('nobody calls it'),
          facts: [`found:${digest('3')}`, `before:${digest('1')}`, `pinned:${digest('1')}`],
        },
      },
    ]);
  });

  test('another environment in the same database has tools of its own', async () => {
    const one = await world.replica();
    await one.manifests.change([change('bank.pay')], SEEN);
    world.fresh();
    expect(await (await world.replica()).manifests.shown(['bank.pay'])).toEqual(new Map());
  });

  test('what cannot be read or recorded is a no', async () => {
    const one = await world.replica();
    const twice = [change('bank.pay'), change('bank.pay')];
    await expect(one.manifests.change(twice, SEEN)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await one.manifests.shown(['bank.pay'])).toEqual(new Map());
    const problems: string[] = [];
    const away = { ...world.owner, ask: () => Promise.reject(new Error('away')) };
    const scribe = { environment: world.name, replica: 'one', needs: needsOf({}) };
    const alone = new StoredManifests(away, scribe, ({ message }) => void problems.push(message));
    await expect(alone.shown(['bank.pay'])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(alone.change([change('bank.pay')], SEEN)).rejects.toMatchObject({ code: 'unavailable' });
    expect(problems).toEqual(['away', 'away']);
  });
}
