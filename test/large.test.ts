import { beforeAll, describe, expect, test } from '@jest/globals';
import { AgentEnvironment, App } from '../lib';
import { checkObjects } from '../lib/synth/check';
import { type AnySynthesis, synthesize } from '../lib/synth/driver';
import type { Manifest } from '../lib/synth/object';
import { LARGE, large } from './support/large';

/** So much of {@link LARGE} that its gateway fits into one ConfigMap. */
const FITS = { agents: 50, tools: 100, operations: 1000 };

const synthesized = (size: typeof FITS): AnySynthesis => {
  const app = new App({ outdir: 'unused' });
  new AgentEnvironment(app, large(size));
  return synthesize(app);
};

describe('a large environment', () => {
  let fits: AnySynthesis;
  beforeAll(() => {
    fits = synthesized(FITS);
  });

  test('of 50 agents, 100 tools and 1,000 operations is above the bar and below every limit', () => {
    expect(fits.report.findings).toEqual([]);
    const sizes = fits.objects.map(({ object }) => JSON.stringify(object).length);
    expect(Math.max(...sizes)).toBeGreaterThan(600_000);
  });

  test('has no more policies than a small one', () => {
    const policies = ({ objects }: AnySynthesis): string[] =>
      objects.map(({ path }) => path.replace(/large[-.]?/, '')).filter((path) => /^4[0-4]-/.test(path));
    expect(policies(fits)).toEqual(policies(synthesized({ agents: 1, tools: 1, operations: 1 })));
  });

  test('of 300 agents is one error, before anything is made of it', () => {
    expect(() => large({ agents: 300, tools: 1, operations: 300 })).toThrow(
      'environment "large": 1 problem in the declaration\n  agents\n    found:    300 agents\n    expected: at most 100 agents\n    fix:      split it into several environments',
    );
  });

  test('that is too large is refused once, with the object, the limit and the way to split', () => {
    const environment = new AgentEnvironment(new App({ outdir: 'unused' }), large(LARGE));
    expect(checkObjects(environment.objects() as Manifest[])).toEqual([
      expect.objectContaining({
        rule: 'object-size',
        object: expect.stringMatching(/^ConfigMap large-control\/gateway-/),
        path: 'data',
        problem: expect.stringMatching(/^\d{4} KiB; expected at most 1024 KiB$/),
        fix: expect.stringContaining('two environments, each with part of the agents and the tools they use'),
      }),
    ]);
  });
});
