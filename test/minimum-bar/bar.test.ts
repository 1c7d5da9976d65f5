import { checkBar, formatReport, NOT_APPLICABLE, RULES, type Rule, SUPPRESSION_RULE } from '../../lib/minimum-bar';
import { draft, onOpenShift } from '../support/bar';
import { changed, desk } from '../support/desk';

const NOW = new Date('2026-11-22T12:00:00Z');
const suppression = {
  rule: 'images-are-pinned',
  object: 'Deployment support-desk-test/triage',
  reason: 'the registry of the lab serves tags only until it is replaced',
  owner: 'platform',
  expires: '2026-11-22',
};
const judged = (suppressions: object[]) => {
  const d = draft();
  d.pod('triage').containers[0].image = 'registry.example.com/agents/triage:1';
  const declaration = changed((e) => Object.assign(e, { suppressions }), d.declaration);
  const rules = RULES.filter((r) => r.id === 'images-are-pinned');
  return (now: Date, more: readonly Rule[] = []) => checkBar(declaration, d.objects, now, [...rules, ...more]);
};
const rule = (check: Rule['check']): Rule => ({
  id: 'made-up',
  layer: 'runtime',
  info: 'x',
  explanation: 'because',
  fix: 'do',
  check,
});

describe('the bar', () => {
  test.each([
    ['Kubernetes', () => desk()],
    ['OpenShift', onOpenShift],
    ['one replica', () => desk({ replicas: 1 })],
    [
      'tokens that are asked about, runs that are short, a pinned definition',
      () =>
        changed((d) => {
          d.platform.tokenReview = { seconds: 30 };
          d.runs = { lifetime: { seconds: 3600 } };
          d.tools.tickets.operations.search.manifest = `sha256:${'1'.repeat(64)}`;
        }),
    ],
    [
      'a reserved address on Kubernetes',
      () => changed((d) => Object.assign(d.platform, { gatewayAddress: '10.96.0.77' })),
    ],
    [
      'two models of one host, one without a key',
      () =>
        changed((d) =>
          Object.assign(d.models, {
            open: { ...d.models.claude, auth: { kind: 'none', reason: 'a public API without accounts' } },
          }),
        ),
    ],
    ['no ClusterNetworkPolicy', () => changed((d) => Object.assign(d.platform, { clusterNetworkPolicy: false }))],
  ])('passes what Firepit writes: %s', (_what, of) => {
    const report = draft(of()).check();
    expect(report.findings).toEqual([]);
    expect(report.passed.length + report.notApplicable.length).toBe(RULES.length + 1);
  });

  test('reports all findings at once, each with object, path, problem, reason and fix', () => {
    const d = draft();
    d.pod('triage').containers[0].image = 'x:1';
    d.remove('NetworkPolicy', 'default-deny', d.agents);
    const { findings } = d.check(NOW);
    expect(new Set(findings.map((f) => f.rule)).size).toBeGreaterThan(2);
    for (const f of findings)
      for (const text of [f.rule, f.layer, f.object, f.problem, f.why, f.fix]) expect(text).not.toBe('');
    expect(findings).toContainEqual({
      rule: 'images-are-pinned',
      layer: 'supply-chain',
      object: 'Deployment support-desk-test/triage',
      path: 'spec.template.spec.containers[0].image',
      problem: 'image x:1 is not pinned by a sha256 digest',
      why: expect.stringContaining('a tag can be moved'),
      fix: expect.stringContaining('pin the digest'),
    });
  });

  test('is pure: same objects, same report, as plain data', () => {
    const d = draft();
    d.remove('ConfigMap', 'containment');
    const before = JSON.stringify(d.objects);
    expect(JSON.parse(JSON.stringify(d.check(NOW)))).toEqual(d.check(NOW));
    expect(JSON.stringify(d.objects)).toBe(before);
  });

  test('a rule that throws has failed, and nothing suppresses that', () => {
    const broken = rule(() => {
      throw new Error('no idea');
    });
    const report = judged([{ ...suppression, rule: 'made-up', object: 'environment support-desk-test' }])(NOW, [
      broken,
    ]);
    expect(report.passed).not.toContain('made-up');
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        rule: 'made-up',
        object: 'environment support-desk-test',
        problem: 'rule made-up could not judge: treated as failed (no idea)',
      }),
    );
  });

  test('a rule without subject has neither passed nor failed', () => {
    const report = checkBar(desk(), draft().objects, NOW, [rule(() => NOT_APPLICABLE)]);
    expect(report).toMatchObject({ findings: [], passed: [SUPPRESSION_RULE], notApplicable: ['made-up'] });
  });

  test.each([
    ['nothing', undefined],
    ['a number', 7],
    ['a list', []],
    ['text', 'x'],
    ['a list of nothing', [null]],
  ])('objects of any shape are judged, never passed over: a pod spec that is %s', (_what, spec) => {
    const d = draft();
    d.get('Deployment', 'triage').spec.template.spec = spec;
    expect(d.check(NOW).findings.length).toBeGreaterThan(0);
  });
});

describe('suppressions', () => {
  test('hold until the end of their last day, and stand in the report', () => {
    const check = judged([suppression]);
    const report = check(new Date('2026-11-22T23:59:59Z'));
    expect(report.findings).toEqual([]);
    expect(report.suppressed).toEqual([
      expect.objectContaining({
        rule: 'images-are-pinned',
        reason: suppression.reason,
        owner: 'platform',
        expires: '2026-11-22',
      }),
    ]);
  });

  test('that expired suppress nothing and are findings themselves', () => {
    const { findings, suppressed } = judged([suppression])(new Date('2026-11-23T00:00:00Z'));
    expect(suppressed).toEqual([]);
    expect(findings.map((f) => f.rule)).toEqual(['images-are-pinned', SUPPRESSION_RULE]);
  });

  test.each([
    ['another object', { ...suppression, object: 'Deployment support-desk-test/other' }],
    ['another rule', { ...suppression, rule: 'deny-by-default' }],
  ])('that match nothing are findings: %s', (_what, other) => {
    const { findings } = judged([other])(NOW);
    expect(findings.map((f) => f.rule)).toEqual(['images-are-pinned', SUPPRESSION_RULE]);
    expect(findings[1]).toMatchObject({ path: 'declaration: suppressions[0]' });
  });

  test('about suppressions do not work', () => {
    const { findings } = judged([{ ...suppression, rule: SUPPRESSION_RULE }])(NOW);
    expect(findings.map((f) => f.rule)).toContain(SUPPRESSION_RULE);
  });
});

describe('the report for people', () => {
  test('names everything a reader needs', () => {
    const text = formatReport(judged([])(NOW));
    expect(text).toBe(
      [
        "environment 'support-desk-test' is below the minimum bar: 1 finding (1 rules passed, 0 not applicable, 0 findings suppressed)",
        '  images-are-pinned (supply-chain)',
        '    object: Deployment support-desk-test/triage',
        '    path:   spec.template.spec.containers[0].image',
        '    what:   image registry.example.com/agents/triage:1 is not pinned by a sha256 digest',
        '    why:    a tag can be moved after the review, so what runs is not what was signed, scanned and agreed on',
        '    fix:    pin the digest the registry reports: registry.example.com/team/image@sha256:<64 hex digits>',
      ].join('\n'),
    );
  });

  test('lists what is suppressed', () => {
    expect(formatReport(judged([suppression])(NOW))).toContain(
      'suppressed until 2026-11-22: images-are-pinned on Deployment support-desk-test/triage, by platform',
    );
  });
});
