import { RULES } from '../../lib/minimum-bar';
import { type Cases, reportOf } from '../support/bar';
import { admission } from './cases/admission';
import { asks } from './cases/asks';
import { configuration } from './cases/configuration';
import { envoy } from './cases/envoy';
import { foundation } from './cases/foundation';
import { identity } from './cases/identity';
import { isolation } from './cases/isolation';
import { models } from './cases/models';
import { pods } from './cases/pods';
import { renewals } from './cases/renewals';
import { supplyChain } from './cases/supply-chain';
import { workloads } from './cases/workloads';

const CASES: Cases = {
  ...isolation,
  ...pods,
  ...models,
  ...admission,
  ...asks,
  ...supplyChain,
  ...identity,
  ...configuration,
  ...envoy,
  ...workloads,
  ...renewals,
  ...foundation,
};

test('every rule has cases of both kinds', () => {
  expect(Object.keys(CASES).sort()).toEqual(RULES.map((r) => r.id).sort());
});

describe.each(Object.entries(CASES))('%s', (id, { noncompliance, compliance }) => {
  const rules = RULES.filter((r) => r.id === id);

  test.each(Object.entries(noncompliance))('Noncompliance: %s', (_what, of) => {
    const { findings } = reportOf(of, rules);
    expect(findings.map((f) => f.rule)).toContain(id);
    expect(findings.filter((f) => f.problem.includes('could not judge'))).toEqual([]);
  });

  test.each(Object.entries(compliance))('Compliance: %s', (_what, of) => {
    const report = reportOf(of, rules);
    expect(report.findings).toEqual([]);
    expect(report.passed).toContain(id);
  });
});
