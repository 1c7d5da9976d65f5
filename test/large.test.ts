import { beforeAll, describe, expect, test } from '@jest/globals';
import { AgentEnvironment, App, type EnvironmentDeclaration } from '../lib';
import { checkBar } from '../lib/minimum-bar';
import { rule as requestsWait } from '../lib/minimum-bar/rules/requests-wait-for-decisions';
import { checkObjects } from '../lib/synth/check';
import { type AnySynthesis, synthesize } from '../lib/synth/driver';
import type { Manifest } from '../lib/synth/object';
import { LARGE, large, TOO_LARGE } from './support/large';

/** What the API server takes for the data of a ConfigMap. */
const MOST = 1024 * 1024;

const synthesized = (size: typeof LARGE): AnySynthesis => {
  const app = new App({ outdir: 'unused' });
  new AgentEnvironment(app, large(size));
  return synthesize(app);
};

describe('a large environment', () => {
  let fits: AnySynthesis;
  beforeAll(() => {
    fits = synthesized(LARGE);
  });

  test('of 50 agents, 200 tools and 2,000 operations is above the bar, and below every limit with room to spare', () => {
    expect(fits.report.findings).toEqual([]);
    const sizes = fits.objects.map(
      ({ object }) => Object.values((object as { data?: Record<string, string> }).data ?? {}).join('').length,
    );
    expect(Math.max(...sizes)).toBeGreaterThan(MOST / 2);
    expect(Math.max(...sizes)).toBeLessThan(MOST * 0.75);
  });

  test('changed in what stands once for many, is refused wherever it counts', () => {
    const mode = '"request_body_mode": "STREAMED"';
    let places = 0;
    const changed = fits.objects.map(({ object }) => {
      const { data } = object as { data?: Record<string, string> };
      const text = data?.['envoy.yaml'] ?? '';
      if (!text.includes(mode)) return object;
      places += text.split(mode).length - 1;
      return { ...object, data: { ...data, 'envoy.yaml': text.replace(mode, mode.replace('STREAMED', 'NONE')) } };
    });
    // What is seen, by both listeners.
    expect(places).toBe(1);
    const { findings } = checkBar(fits.declaration as EnvironmentDeclaration, changed as Manifest[], undefined, [
      requestsWait,
    ]);
    expect(findings.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      expect.stringContaining("listener 'front': request_body_mode is NONE"),
      expect.stringContaining("listener 'back': request_body_mode is NONE"),
    ]);
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
    const environment = new AgentEnvironment(new App({ outdir: 'unused' }), large(TOO_LARGE));
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
