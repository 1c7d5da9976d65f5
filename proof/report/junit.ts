import type { Proof } from '../proof';
import type { Result } from '../verdict';
import { escaped } from './escape';

const testcase = ({ id, control, on, state, why, what, evidence, standIn }: Result): string => {
  const name = escaped(`${id}${on === undefined ? '' : ` on ${on}`}${standIn === true ? ' (stand-in)' : ''}: ${what}`);
  const head = `    <testcase classname="${escaped(control)}" name="${name}"`;
  const text = escaped([why, evidence].filter(Boolean).join('\n'));
  if (state === 'proven') return `${head}/>`;
  // JUnit knows no third state: a run that skips is not one that passed, and the suite's counts say so.
  const tag = state === 'failed' ? 'failure' : 'skipped';
  return `${head}>\n      <${tag} message="${escaped(why ?? '')}">${text}</${tag}>\n    </testcase>`;
};

/** The proof as JUnit XML, one test case a result; unproven ones are skipped, with the reason. */
export function junitOf(proof: Proof): string {
  const threats: Result[] = proof.threats
    .filter(({ cases }) => cases.length === 0)
    .map(({ id, title, state, why }) => ({
      id: `threat/${id}`,
      control: 'threats',
      threats: [id],
      what: title,
      expect: 'refused',
      state,
      evidence: '',
      ...(why === undefined ? {} : { why }),
    }));
  const all = [...proof.results, ...threats];
  const count = (state: string): number => all.filter((r) => r.state === state).length;
  const seconds = proof.stages.reduce((sum, stage) => sum + stage.seconds, 0).toFixed(1);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="firepit prove">`,
    `  <testsuite name="${escaped(proof.environment)}" tests="${all.length}" failures="${count('failed')}" errors="0" skipped="${count('unproven')}" time="${seconds}" timestamp="${proof.started.replace(/\.\d+Z$/, '')}">`,
    `    <properties><property name="state" value="${proof.state}"/><property name="cluster" value="${escaped(proof.cluster)}"/></properties>`,
    ...all.map(testcase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
