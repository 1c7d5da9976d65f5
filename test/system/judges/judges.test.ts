import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import { examples, JUDGES, PINNED } from '../../../judges';
import { ask, type Judgement } from '../../../judges/ask';
import { exceptions } from '../../../judges/exceptions';
import type { Finding, Judge } from '../../../judges/judge';
import { kyverno, policyNames } from '../../../judges/kyverno';
import { isolated } from '../../../judges/run';
import { scorecardPage } from '../../../judges/scorecard';
import { subjectOf } from '../../../judges/subject';

const MINUTES = 60_000;
const ROOT = join(__dirname, '../../..');
const root = mkdtempSync(join(tmpdir(), 'firepit-judges-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('independent judges on every example', () => {
  let judgement: Judgement;
  beforeAll(async () => {
    judgement = await ask(JUDGES, examples(), exceptions());
    for (const judge of judgement.absent) process.stderr.write(`${judge}: not on this machine, not asked\n`);
    if (!isolated) process.stderr.write('judges run with the network on: only root on Linux can take it away\n');
  }, 30 * MINUTES);

  test('every pinned judge was asked about every example, and looked at something', () => {
    for (const { name: judge } of PINNED)
      for (const { name } of examples()) {
        const row = judgement.rows.find((r) => r.judge === judge && r.name === name);
        // The foundation is one DaemonSet.
        const least = name === 'foundation' ? 5 : 50;
        expect([judge, name, (row?.passed ?? 0) > least]).toEqual([judge, name, true]);
      }
  });

  test('no check fails that is not answered for', () => {
    expect(judgement.rows.flatMap(({ judge, name, open }) => open.map((f) => ({ judge, name, ...f })))).toEqual([]);
  });

  test('every exception is still needed', () => {
    expect(judgement.stale).toEqual([]);
  });

  test('docs/scorecard.md says what they say; `npm run scorecard` writes it', () => {
    expect(readFileSync(join(ROOT, 'docs/scorecard.md'), 'utf8')).toBe(scorecardPage(judgement.rows, exceptions()));
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a test breaks what it likes
type Draft = any;

/** The support desk's agent with a change: what the judges said about it that they do not say about the original. */
const said = async (judge: Judge, change: (deployment: Draft) => void): Promise<readonly Finding[]> => {
  const golden = join(ROOT, 'test/golden/support-desk-prod/51-deployment/support-desk-prod.triage.yaml');
  const [deployment] = parseAllDocuments(readFileSync(golden, 'utf8')).map((document) => document.toJS() as Draft);
  change(deployment);
  const folder = mkdtempSync(join(root, 'broken-'));
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in/triage.yaml'), stringify(deployment));
  const program = await judge.program();
  return judge.judge(program as string, await subjectOf(join(folder, 'in'), join(folder, 'out'))).failed;
};
const template = (deployment: Draft) => deployment.spec.template.spec;
const agent = (deployment: Draft) => template(deployment).containers[0];

describe('each judge sees what is broken', () => {
  const broken: readonly (readonly [judge: string, check: string, change: (d: Draft) => void])[] = [
    ['checkov', 'CKV_K8S_16', (d: Draft) => (agent(d).securityContext.privileged = true)],
    ['checkov', 'CKV_K8S_43', (d: Draft) => (agent(d).image = 'registry.example.com/agents/triage:latest')],
    [
      'checkov',
      'CKV_K8S_16',
      (d: Draft) => {
        agent(d).securityContext.privileged = true;
        d.metadata.annotations['checkov.io/skip1'] = 'CKV_K8S_16=because';
      },
    ],
    ['kube-score', 'container-resources', (d: Draft) => delete agent(d).resources],
    [
      'kube-score',
      'container-resources',
      (d: Draft) => {
        delete agent(d).resources;
        d.metadata.annotations['kube-score/ignore'] = 'container-resources';
      },
    ],
  ];
  test.each(broken)('%s: %s', async (name, check, change) => {
    const judge = PINNED.find((j) => j.name === name) as Judge;
    expect((await said(judge, change)).map((f) => f.check)).toContain(check);
  });

  const pod: readonly (readonly [policy: string, change: (d: Draft) => void])[] = [
    ['host-namespaces', (d) => (template(d).hostNetwork = true)],
    ['host-namespaces', (d) => (template(d).hostPID = true)],
    ['host-namespaces', (d) => (template(d).hostIPC = true)],
    ['privileged', (d) => (agent(d).securityContext.privileged = true)],
    ['host-process', (d) => (template(d).securityContext.windowsOptions = { hostProcess: true })],
    ['capabilities', (d) => delete agent(d).securityContext.capabilities],
    ['capabilities', (d) => (template(d).initContainers[0].securityContext.capabilities.add = ['NET_RAW'])],
    ['volumes', (d) => template(d).volumes.push({ name: 'host', hostPath: { path: '/' } })],
    ['host-ports', (d) => (agent(d).ports = [{ containerPort: 8080, hostPort: 8080 }])],
    ['probe-hosts', (d) => (agent(d).livenessProbe.httpGet.host = '10.0.0.1')],
    ['probe-hosts', (d) => (agent(d).lifecycle = { preStop: { httpGet: { host: '10.0.0.1', port: 80 } } })],
    ['apparmor', (d) => (agent(d).securityContext.appArmorProfile = { type: 'Unconfined' })],
    ['selinux', (d) => (agent(d).securityContext.seLinuxOptions = { type: 'spc_t' })],
    ['proc-mount', (d) => (agent(d).securityContext.procMount = 'Unmasked')],
    ['sysctls', (d) => (template(d).securityContext.sysctls = [{ name: 'kernel.msgmax', value: '1' }])],
    ['privilege-escalation', (d) => delete agent(d).securityContext.allowPrivilegeEscalation],
    ['run-as-non-root', (d) => (agent(d).securityContext.runAsNonRoot = false)],
    ['run-as-user', (d) => (agent(d).securityContext.runAsUser = 0)],
    ['seccomp', (d) => (agent(d).securityContext.seccompProfile = { type: 'Unconfined' })],
  ];
  test.each(pod)('Pod Security: %s, and nothing else', async (policy, change) => {
    expect((await said(kyverno, change)).map((f) => f.check)).toEqual([policy]);
  });
  test('Pod Security: every policy has a case', () => {
    expect([...new Set(pod.map(([policy]) => policy))].sort()).toEqual(policyNames().sort());
  });
});
