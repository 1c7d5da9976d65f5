import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Log, Result } from 'sarif';
import { EXIT_CODES } from '../../lib/errors';
import { FOUNDATION_RULES, RULES } from '../../lib/minimum-bar';
import { app, firepit, project } from '../support/cli';

const OPEN = `
  new ApiObject(desk, 'open', { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'open', namespace: 'leaky' }, spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] } });
  app.synth();`;

const log = (cwd: string): Log => JSON.parse(readFileSync(join(cwd, 'out.sarif'), 'utf8'));
const results = (found: Log): Result[] => found.runs[0]?.results ?? [];

describe('firepit check --sarif', () => {
  test('an environment above the bar: every rule is described, and there is no result', async () => {
    const cwd = project({ 'apps/a.ts': app('a') });
    const { code } = await firepit(cwd, 'check', '--sarif', 'out.sarif');
    expect(code).toBe(0);
    expect(log(cwd).version).toBe('2.1.0');
    expect(log(cwd).runs[0]?.tool.driver.rules?.map(({ id }) => id)).toEqual(
      [...RULES, ...FOUNDATION_RULES].map(({ id }) => id),
    );
    expect(results(log(cwd))).toEqual([]);
  });

  test('each finding is an error at the app that makes the object, under the rule that found it', async () => {
    const cwd = project({
      'apps/a.ts': app('leaky', { before: "const { ApiObject } = require('cdk8s');", after: OPEN }),
      'apps/b.ts': 'throw new Error("no such team")',
    });
    const { code, stdout } = await firepit(cwd, 'check', '--json', '--sarif', 'out.sarif');
    expect(code).toBe(EXIT_CODES.bar.code);
    const findings: { rule: string; object: string; path: string }[] = JSON.parse(stdout).environments[0].findings;
    const [run] = log(cwd).runs;
    const ofBar = results(log(cwd)).filter(({ ruleId }) => ruleId !== 'app');
    expect(ofBar.map((r) => r.partialFingerprints?.['firepit/finding'])).toEqual(
      findings.map(({ rule, object, path }) => `leaky ${rule} ${object} ${path}`),
    );
    expect(findings.length).toBeGreaterThan(0);
    for (const { level, locations, ruleId, ruleIndex } of results(log(cwd))) {
      expect(level).toBe('error');
      expect(run?.tool.driver.rules?.[ruleIndex ?? -1]?.id).toBe(ruleId);
      expect(locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe(
        ruleId === 'app' ? 'apps/b.ts' : 'apps/a.ts',
      );
    }
    expect(results(log(cwd)).at(-1)?.message.text).toContain('the app threw: no such team');
  });

  test('a file that cannot be written is named, and that is the exit code', async () => {
    const cwd = project({ 'apps/a.ts': app('a') });
    const { code, stderr } = await firepit(cwd, 'check', '--sarif', 'nowhere/out.sarif');
    expect(code).toBe(EXIT_CODES.output.code);
    expect(stderr).toMatch(/^error: nowhere\/out\.sarif: ENOENT.*\n {2}fix: give --sarif a file/);
  });
});
