import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkProofs, coverage, coverageText, type ReadProof, readProof } from '../../cli/coverage';
import { AgentEnvironment, App } from '../../lib';
import { EXIT_CODES } from '../../lib/errors';
import { THREATS } from '../../lib/minimum-bar';
import { type Synthesis, synthesize } from '../../lib/synth/driver';
import { app, firepit, project } from '../support/cli';
import { desk } from '../support/desk';

const inScope = THREATS.filter(({ outOfScope }) => outOfScope === undefined).map(({ id }) => id);
const environment = desk().name;
const held = new App();
new AgentEnvironment(held, desk());
const synthesis = synthesize(held) as Synthesis;

/** A proof as `firepit prove --json` writes it, as far as coverage reads it. */
const proof = (threats: ReadProof['threats'], of = environment): ReadProof => ({
  version: 1,
  environment: of,
  cluster: 'Kubernetes v1.36.3',
  started: '2026-01-01T00:00:00Z',
  threats,
});

describe('coverage of the threats', () => {
  test('without a proof every threat in scope is unproven, with its rules, its refusal and what is tried', () => {
    const rows = coverage(synthesis, undefined);
    expect(rows.map(({ threat }) => threat)).toEqual(THREATS.map(({ id }) => id));
    expect(rows.filter((row) => row.proof === 'unproven').map(({ threat }) => threat)).toEqual(inScope);
    expect(rows.find(({ threat }) => threat === 'control-plane-image')).toEqual({
      threat: 'control-plane-image',
      title: 'A part of the control plane is replaced',
      rules: [
        { id: 'control-pods-are-exact', state: 'passed' },
        { id: 'images-are-pinned', state: 'passed' },
        { id: 'example-images-are-marked', state: 'passed' },
      ],
      refusal: 'ValidatingAdmissionPolicy E-control-pods',
      proof: 'unproven',
      cases: expect.arrayContaining(['control-pod/another-image']),
    });
    const open = rows.find(({ threat }) => threat === 'kernel-escape');
    expect([open?.proof, open?.outOfScope]).toEqual([undefined, expect.any(String)]);
  });

  test('a proof makes proven what it proved, and nothing else', () => {
    const given = proof([
      { id: 'moved-tag', state: 'proven' },
      { id: 'unsigned-image', state: 'failed', why: 'it was let through' },
      { id: 'model-on-the-wire', state: 'unproven', why: 'no case of this command shows it' },
    ]);
    const rows = coverage(synthesis, given);
    expect(rows.filter((row) => row.proof === 'proven').map(({ threat }) => threat)).toEqual(['moved-tag']);
    const text = coverageText(environment, rows, given);
    expect(text).toContain(
      `of ${inScope.length} threats in scope 1 proven, 1 failed, ${inScope.length - 2} unproven (proof of 2026-01-01T00:00:00Z on Kubernetes v1.36.3)\n`,
    );
    expect(text).toMatch(/^ {2}failed: unsigned-image: .*\n(?: {4}.*\n)*? {4}proof {4}it was let through$/m);
    expect(text).toMatch(/^ {2}out of scope: kernel-escape: /m);
  });

  test('a rule that was not met is told beside its threat', () => {
    const report = { ...synthesis.report, passed: [], notApplicable: ['images-are-pinned'] };
    const [row] = coverage({ ...synthesis, report }, undefined);
    expect(row?.rules).toEqual([{ id: 'images-are-pinned', state: 'not applicable' }]);
    const [found] = coverage({ ...synthesis, report: { ...report, notApplicable: [] } }, undefined);
    expect(found?.rules).toEqual([{ id: 'images-are-pinned', state: 'found' }]);
  });

  test.each([
    ['no file', undefined, /ENOENT[\s\S]*fix: give --proof a file that firepit prove/],
    ['no JSON', '{', /it is no JSON/],
    ['no proof', '{"version":2}', /at version: /],
  ])('a proof that is %s is refused', (_what, text, message) => {
    const file = join(project(text === undefined ? {} : { 'proof.json': text }), 'proof.json');
    expect(() => readProof(file)).toThrow(message);
  });

  test('a proof of an environment that is not there is refused, and so are two of one', () => {
    expect(() => checkProofs([proof([], 'support-desk-tst')], [environment])).toThrow(`did you mean '${environment}'?`);
    expect(() => checkProofs([proof([]), proof([])], [environment])).toThrow(/two proofs are of/);
    expect(() => checkProofs([proof([])], [environment])).not.toThrow();
  });
});

describe('firepit check --proof', () => {
  const cwd = project({ 'apps/a.ts': app('a') });

  test('tells the coverage of each environment, in --json too', async () => {
    writeFileSync(join(cwd, 'proof.json'), JSON.stringify(proof([{ id: 'moved-tag', state: 'proven' }], 'a')));
    const { code, stdout, stderr } = await firepit(cwd, 'check', '--proof', 'proof.json', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [{ coverage: rows }] = JSON.parse(stdout).environments;
    expect(rows).toHaveLength(THREATS.length);
    expect(rows[0]).toMatchObject({ threat: 'moved-tag', proof: 'proven' });
  });

  test('refuses a proof of something else, and tells nothing', async () => {
    writeFileSync(join(cwd, 'proof.json'), JSON.stringify(proof([], 'b')));
    const ran = await firepit(cwd, 'check', '--coverage', '--proof', 'proof.json');
    expect(ran).toMatchObject({ code: EXIT_CODES.usage.code, stdout: '' });
    expect(ran.stderr).toContain("a proof is of the environment 'b', which no app declares\n  fix: ");
  });
});
