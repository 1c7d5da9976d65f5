import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsOf } from '../../../../services/governor/store/needs';
import { StoredRecorder } from '../../../../services/governor/store/recorder';
import { Sequences } from '../../../../services/governor/store/sequences';
import { Recorder, type Sink, Spool } from '../../../../services/state';
import { decision, outcome } from './example';

describe('while the database is away', () => {
  const away: Sink = { name: 'database', judges: true, keep: () => Promise.reject(new Error('away')) };
  let folder: string;
  let spool: Spool;
  let sequences: Sequences;
  let recorder: StoredRecorder;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'firepit-recorder-'));
    spool = await Spool.open(join(folder, 'spool'));
    const needs = needsOf({});
    sequences = new Sequences(needs.window);
    sequences.take('agent:desk/payer', { since: -needs.window }, [], 0);
    const scribe = { environment: 'desk', replica: 'governor-0', needs };
    recorder = new StoredRecorder(new Recorder([away, spool]), sequences, scribe, () => {});
  });
  afterEach(async () => {
    await spool.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const spooled = (): string => readFileSync(join(folder, 'spool'), 'utf8');

  test('denials and outcomes are kept in the spool', async () => {
    const denial = decision({ effect: 'deny', code: 'unavailable', event: undefined });
    await recorder.decision(denial, undefined);
    const allowed = decision();
    await recorder.outcome(outcome(allowed));
    expect(spooled()).toContain(denial.id);
    expect(spooled()).toContain(`"decision":"${allowed.id}"`);
    // It is no step before the database has it.
    expect(sequences.past('agent:desk/payer', 0)?.events).toEqual([]);
  });

  test.each([
    ['judged in a sequence', decision(), ''],
    ['to a model', decision({ event: undefined, action: 'infer:claude/x' }), undefined],
    ['of a person', decision({ door: 'front', run: 'run-1', event: undefined }), undefined],
  ])('nothing is let through: %s', async (_, allowed, head) => {
    await expect(recorder.decision(allowed, head)).rejects.toThrow('database: away');
    expect(spooled()).toBe('');
    expect(sequences.past('agent:desk/payer', 0)?.events).toEqual([]);
  });
});
