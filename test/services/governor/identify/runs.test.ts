import { type Handed, type Run, type RunStore, Runs } from '../../../../services/governor/identify/runs';

const ADA = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };

class MemoryRuns implements RunStore {
  readonly kept = new Map<string, Run>();
  async add(run: Run): Promise<void> {
    this.kept.set(run.id, run);
  }
  async find(id: string): Promise<Run | undefined> {
    return this.kept.get(id);
  }
  readonly handles = new Map<string, Handed>();
  async hand(handed: Handed): Promise<void> {
    this.handles.set(handed.id, handed);
  }
  async handed(id: string): Promise<Handed | undefined> {
    return this.handles.get(id);
  }
}
const store = new MemoryRuns();
const runs = new Runs(store, 1000);
const of = (handle: string | undefined, agent = 'triage', now = 1) =>
  runs.of(handle === undefined ? [] : [['x-firepit-run', handle]], agent, now);

test('a handle leads to its run, for its agent alone', async () => {
  const { handle, run } = await runs.open('triage', ADA, 0);
  expect(handle).toMatch(/^[A-Za-z0-9_-]{43}$/);
  await expect(of(handle)).resolves.toEqual(run);
  await expect(of(handle, 'clerk')).rejects.toMatchObject({ code: 'run-unknown' });
  await expect(of(handle, 'triage', 1000)).rejects.toMatchObject({ code: 'run-unknown' });
});

test('the store does not know the handle, and what it knows is none', async () => {
  const { handle, run } = await runs.open('triage', ADA, 0);
  expect(JSON.stringify([...store.kept])).not.toContain(handle);
  await expect(of(run.id)).rejects.toMatchObject({ code: 'run-unknown' });
});

test('no handle is the agent on its own; a broken one is a denial', async () => {
  await expect(of(undefined)).resolves.toBeUndefined();
  for (const handle of ['', 'x', 'A'.repeat(43), `${'A'.repeat(43)}\n`])
    await expect(of(handle)).rejects.toMatchObject({ code: 'run-unknown' });
  await expect(
    runs.of(
      [
        ['x-firepit-run', 'a'],
        ['x-firepit-run', 'b'],
      ],
      'triage',
      1,
    ),
  ).rejects.toMatchObject({ code: 'header-mismatch' });
});

test('a stopped run is over, a paused one is known', async () => {
  const { handle, run } = await runs.open('triage', ADA, 0);
  store.kept.set(run.id, { ...run, state: 'paused' });
  await expect(of(handle)).resolves.toMatchObject({ state: 'paused' });
  store.kept.set(run.id, { ...run, state: 'stopped' });
  await expect(of(handle)).rejects.toMatchObject({ code: 'run-stopped' });
});

test('handles do not repeat', async () => {
  const handles = await Promise.all(Array.from({ length: 1000 }, () => runs.open('triage', ADA, 0)));
  expect(new Set(handles.map(({ handle }) => handle)).size).toBe(1000);
});
