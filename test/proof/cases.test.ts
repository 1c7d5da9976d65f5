import { describe, expect, test } from '@jest/globals';
import type { EnvironmentDeclaration, Principal } from '../../lib';
import { checkDeclaration } from '../../lib/declaration/environment';
import { THREATS } from '../../lib/minimum-bar';
import type { Manifest } from '../../lib/synth/object';
import { type Case, PHASES } from '../../proof/case';
import { casesOf } from '../../proof/cases';
import { MEASURED_THREATS } from '../../proof/connections';
import { coverageOf } from '../../proof/coverage';
import { Subject } from '../../proof/subject';
import { declarations } from '../support/arbitrary-declaration';
import { desk, openshiftDesk } from '../support/desk';
import { objectsOf } from '../support/environment';
import fc from '../support/property';
import { runs } from '../support/runs';
import { team } from '../support/team';
import { deskAs } from '../support/workloads';

const subjectOf = (declaration: EnvironmentDeclaration): Subject =>
  new Subject(declaration, objectsOf(declaration) as Manifest[]);
const subjects = {
  kubernetes: subjectOf(desk()),
  openshift: subjectOf(openshiftDesk()),
  cronJob: subjectOf(deskAs('cronJob')),
  job: subjectOf(deskAs('job')),
  sandbox: subjectOf(deskAs('sandbox')),
  peers: subjectOf(team()),
};
const teamOfTwo = (): EnvironmentDeclaration => {
  const { users, ...rest } = team();
  const partners = { ...users, issuer: 'https://partners.example.com' };
  const asStaff = (who: Principal): Principal => who.replace(':', ':staff/') as Principal;
  return checkDeclaration({
    ...rest,
    users: { kind: 'oneOf', providers: { staff: users, partners } },
    approvals: { ...rest.approvals, approvers: rest.approvals.approvers.map(asStaff) },
    agents: Object.fromEntries(
      Object.entries(rest.agents).map(([name, agent]) => [name, { ...agent, mayAsk: agent.mayAsk.map(asStaff) }]),
    ),
  } as EnvironmentDeclaration);
};
const THREAT_IDS = THREATS.filter(({ outOfScope }) => outOfScope === undefined).map(({ id }) => id);

describe.each<[string, Subject]>(Object.entries(subjects))('the cases for %s', (_platform, subject) => {
  const cases = casesOf(subject);
  const refusals = cases.filter(({ expect: e }) => e === 'refused');

  test('every id says its family, is tried once on each thing, and means one thing', () => {
    for (const { id } of cases) expect(id).toMatch(/^[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*$/);
    const tried = cases.map(
      ({ id, on, what }) => `${id} ${on ?? ''} ${id.startsWith('controls/certificate') ? what : ''}`,
    );
    expect(tried.filter((one, i) => tried.indexOf(one) !== i)).toEqual([]);
    const controls = new Map<string, Set<string>>();
    for (const { id, control, expect: e } of cases)
      controls.set(id, (controls.get(id) ?? new Set()).add(`${control} ${e}`));
    expect([...controls].filter(([, all]) => all.size > 1)).toEqual([]);
  });

  test('every refusal names a threat, and every threat named is one in scope', () => {
    expect(refusals.filter(({ threats }) => threats.length === 0).map(({ id }) => id)).toEqual([]);
    expect(cases.flatMap(({ threats }) => threats).filter((id) => !THREAT_IDS.includes(id))).toEqual([]);
  });

  test('every admission policy of the environment has a case that it alone must refuse', () => {
    const alone = new Set(refusals.filter(({ also = [] }) => also.length === 0).map(({ control }) => control));
    const own = subject
      .namesOf('ValidatingAdmissionPolicy')
      .map((name) => `ValidatingAdmissionPolicy E${name.slice(subject.names.environment.length)}`);
    expect(own.length).toBeGreaterThan(15);
    expect(own.filter((control) => !alone.has(control))).toEqual([]);
  });

  test('every control that a case names is there', () => {
    const there = (control: string): boolean => {
      const [kind = '', name = ''] = control.split(' E');
      return name === ''
        ? ['API server', 'Pod Security', 'RBAC', 'ResourceQuota'].includes(control)
        : subject.has(kind, `${subject.names.environment}${name}`);
    };
    expect(
      [...new Set(cases.flatMap(({ control, also = [] }) => [control, ...also]))].filter((c) => !there(c)),
    ).toEqual([]);
  });

  test('a wrong pod differs from the declared one: a case that changes nothing proves nothing', () => {
    const declared = new Set(
      [...subject.agents.map((a) => subject.agentPod(a)), ...subject.components.map((c) => subject.controlPod(c))].map(
        (p) => JSON.stringify(p),
      ),
    );
    const same = refusals.filter(
      ({ attempt, phase = 'in-force' }) =>
        phase === 'in-force' && attempt.verb === 'create' && declared.has(JSON.stringify(attempt.object)),
    );
    // It is the one who asks that is wrong there.
    expect(same.map(({ id }) => id)).toEqual(['rights/warden-makes-pods']);
  });

  test('an update changes what stands there', () => {
    for (const { id, attempt } of cases) {
      if (attempt.verb !== 'update') continue;
      const standing = {
        metadata: { labels: { 'firepit.dev/quarantine': 'true' }, annotations: {}, finalizers: [] },
        spec: { containers: [{}], template: { spec: { containers: [{}] } }, hard: {}, egress: [] },
        data: {},
        rules: [],
      };
      const before = JSON.stringify(standing);
      attempt.change(standing);
      expect({ id, changed: JSON.stringify(standing) !== before }).toEqual({ id, changed: true });
    }
  });

  test('every phase has cases, and what must pass is asked beside what must not', () => {
    for (const phase of Object.keys(PHASES))
      expect(cases.some((c: Case) => (c.phase ?? 'in-force') === phase)).toBe(true);
    expect(cases.length - refusals.length).toBeGreaterThan(50);
    expect(refusals.length).toBeGreaterThan(150);
  });
});

test('the cases of any sound declaration can be made, and stand against the same threats', () => {
  // A team whose people come from two identity providers: what no desk has.
  const known = coverageOf([...Object.values(subjects), subjectOf(teamOfTwo())]);
  fc.assert(
    fc.property(declarations, (declaration) => {
      const subject = subjectOf(declaration);
      const own = coverageOf([subject]);
      for (const id of THREAT_IDS) if (own(id).cases.length > 0) expect(known(id).cases.length).toBeGreaterThan(0);
      expect(casesOf(subject).length).toBeGreaterThan(150);
    }),
    { numRuns: runs(4) },
  );
});

test('measured threats are threats', () => {
  expect(MEASURED_THREATS.filter((id) => !THREAT_IDS.includes(id))).toEqual([]);
});
