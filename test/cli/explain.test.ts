import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../lib/errors';
import { RULES } from '../../lib/minimum-bar';
import { app, firepit, project, written } from '../support/cli';

describe('firepit explain', () => {
  test('--json has one shape; an agent comes before the objects of its name', async () => {
    const cwd = project({ 'apps/a.ts': app('a') });
    const { code, stdout, stderr } = await firepit(cwd, 'explain', 'triage', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { explained, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ command: 'explain', exitCode: 0, environments: [], errors: [] });
    expect(explained).toEqual([
      expect.objectContaining({ kind: 'agent', name: 'triage', environment: 'a', app: 'apps/a.ts' }),
    ]);
    expect(written(cwd)).toEqual([]);
  });

  test('an unknown name is refused with the nearest one', async () => {
    const ran = await firepit(project({ 'apps/a.ts': app('a') }), 'explain', 'deploymnt/triage');
    expect(ran).toEqual({
      code: EXIT_CODES.usage.code,
      stdout: '',
      stderr:
        "error: nothing is called 'deploymnt/triage': no agent, object, rule or threat\n  fix: did you mean 'deployment/triage'?\n",
    });
  });

  test('a rule needs no app; a broken app is told instead of an unknown name', async () => {
    const cwd = project({ 'apps/a.ts': 'throw new Error("no")' });
    const [rule] = RULES;
    const ran = await firepit(cwd, 'explain', rule?.id ?? '');
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`rule ${rule?.id} (`), stderr: '' });
    const broken = await firepit(cwd, 'explain', 'triage');
    expect(broken).toMatchObject({ code: EXIT_CODES.app.code, stdout: '' });
    expect(broken.stderr).not.toContain('nothing is called');
  });
});
