import { Chart, App as PlainApp } from 'cdk8s';
import { contextOf } from '../../lib/context';
import type { EnvironmentDeclaration } from '../../lib/declaration';
import { AgentEnvironment } from '../../lib/environment';
import { FalcoRules, falcoNotices, falcoRules } from '../../lib/runtime/falco';
import { checkFalcoRules } from '../../lib/runtime/falco-check';
import { SIDECAR_EXECUTABLE, WATCHED } from '../../lib/runtime/objects';
import { changed, type Draft, desk } from '../support/desk';
import { load, reported } from '../support/falco-engine';
import { agent, bind, ENV, exec, file } from '../support/falco-events';

const rulesOf = (declaration: EnvironmentDeclaration): string => falcoRules(contextOf(declaration)) as string;
const TEXT = rulesOf(desk());

describe('what is declared', () => {
  const triage = (change: (agent: Draft) => void): string => rulesOf(changed((d) => change(d.agents.triage)));

  test('GIVEN a declared shell THEN it may start, also by another name of it', () => {
    const text = triage((a) => a.behaviour.processes.push('/usr/bin/dash'));
    expect(reported(text, agent(exec('/usr/bin/dash', { 'proc.name': 'sh' })))).toBeUndefined();
    expect(reported(text, agent(exec('/usr/bin/bash')))?.tags).toContain('firepit_suspend');
  });
  test('GIVEN a health command by its path THEN it may start; by name THEN a notice says what follows', () => {
    const probed = (command: string) =>
      changed((d) => {
        d.agents.triage.health = { kind: 'exec', command: [command] };
      });
    expect(reported(rulesOf(probed('/bin/check')), agent(exec('/bin/check')))).toBeUndefined();
    expect(reported(rulesOf(probed('check')), agent(exec('/bin/check')))?.tags).toContain('firepit_quarantine');
    expect(falcoNotices(contextOf(probed('check')))).toEqual([expect.stringContaining("probed by 'check'")]);
    expect(falcoNotices(contextOf(probed('/bin/check')))).toEqual([]);
  });
  test('GIVEN another port THEN that one is allowed and the usual one is not', () => {
    const text = triage((a) => {
      a.port = 3000;
    });
    expect(reported(text, agent(bind(3000)))).toBeUndefined();
    expect(reported(text, agent(bind(8080)))?.tags).toContain('firepit_quarantine');
  });
  test('GIVEN no folder THEN every write is reported', () => {
    const text = triage((a) => {
      a.behaviour.writes = [];
    });
    expect(checkFalcoRules(text)).toEqual([]);
    expect(reported(text, agent(file('/tmp/a', 'write')))?.tags).toContain('firepit_deny');
  });
  test('GIVEN two agents THEN each is held to its own behaviour', () => {
    const text = rulesOf(
      changed((d) => {
        d.agents.writer = structuredClone(d.agents.triage);
        d.agents.writer.behaviour.processes = ['/usr/bin/node'];
      }),
    );
    const node = exec('/usr/bin/node');
    expect(checkFalcoRules(text)).toEqual([]);
    expect(reported(text, agent({ ...node, 'k8s.pod.label[firepit.dev/agent]': 'writer' }))).toBeUndefined();
    expect(reported(text, agent(node))?.rule).toBe(`${ENV}/triage: a process that was not declared`);
  });
  test('GIVEN a hundred agents with long names THEN the ConfigMap stays far below its limit', () => {
    const text = rulesOf(
      changed((d) => {
        const base = d.agents.triage;
        d.agents = Object.fromEntries(
          Array.from({ length: 100 }, (_, i) => [
            `${'a'.repeat(36)}${String(i).padStart(3, '0')}`,
            structuredClone(base),
          ]),
        );
      }),
    );
    expect(checkFalcoRules(text)).toEqual([]);
    expect(text.length).toBeLessThan(700_000);
  });
});

describe('GIVEN agents that Falco cannot see', () => {
  const isolated = (kind: string) =>
    changed((d) => {
      d.agents.hidden = { ...structuredClone(d.agents.triage), isolation: { kind } };
    });

  test.each([
    ['gvisor', 'gVisor'],
    ['kata', 'Kata'],
  ])('WHEN one runs under %s THEN no rule is about it, and file and notice say why', (kind, word) => {
    const declaration = isolated(kind);
    const text = rulesOf(declaration);
    const notice = `agent hidden runs under ${word}: Falco cannot see its system calls; the gateway's decisions and network policy remain the witnesses`;
    expect(falcoNotices(contextOf(declaration))).toEqual([notice]);
    expect(text).toContain(`# NOTE: ${notice}.`);
    expect(text).not.toMatch(/agent_hidden|AGENT_hidden/);
    expect(checkFalcoRules(text)).toEqual([]);
    const hidden = { 'k8s.pod.label[firepit.dev/agent]': 'hidden' };
    expect(reported(text, agent({ ...exec('/usr/bin/runsc'), ...hidden }))).toBeUndefined();
    expect(reported(text, agent(exec('/usr/bin/runsc')))).toBeDefined();
  });

  test('WHEN none is left THEN there is no ConfigMap, and a notice says so', () => {
    const declaration = changed((d) => {
      d.agents.triage.isolation = { kind: 'gvisor' };
    });
    const chart = new Chart(new PlainApp(), 'c');
    new FalcoRules(chart, 'falco', contextOf(declaration));
    expect(chart.toJson()).toEqual([]);
    expect(falcoNotices(contextOf(declaration)).at(-1)).toBe(
      `environment ${ENV} has no Falco rules: none of its agents can be watched`,
    );
  });
});

test('the ConfigMap is the one object outside the environment, and takes its name from it', () => {
  const chart = new Chart(new PlainApp(), 'c');
  new FalcoRules(chart, 'falco', contextOf(desk()));
  const [object, ...others] = chart.toJson();
  expect(others).toEqual([]);
  expect(object).toMatchObject({
    kind: 'ConfigMap',
    metadata: { name: `falco-rules-${ENV}`, namespace: 'firepit-system', labels: { 'firepit.dev/environment': ENV } },
    data: { 'rules.yaml': TEXT },
  });
});

test('names of two environments never meet, whatever their dashes', () => {
  const names = (environment: string, name: string): string[] => {
    const { lists, macros, rules } = load(
      rulesOf(
        changed(
          (d) => {
            d.agents = { [name]: d.agents.triage };
          },
          desk({ name: environment }),
        ),
      ),
    );
    return [...lists.keys(), ...macros.keys(), ...rules.map(({ rule }) => rule)];
  };
  const all = [
    ['a', 'b-c'],
    ['a-b', 'c'],
    ['a-agent', 'b'],
    ['a--b', 'c'],
    ['a', 'agent-b'],
  ].map(([e, n]) => names(e as string, n as string));
  // Environment 'a' stands twice: its shared names are the same, its agents' are not.
  const shared = all[0]!.filter((n) => all[4]!.includes(n));
  expect(shared.some((n) => n.includes('AGENT_b') || n.includes('AGENT_a'))).toBe(false);
  const distinct = [all[0]!, all[1]!, all[2]!, all[3]!];
  expect(new Set(distinct.flat()).size).toBe(distinct.flat().length);
});

test('rules name the containers and the executable that agent pods really have', () => {
  const objects = new AgentEnvironment(new PlainApp(), desk()).objects();
  const deployment = objects.find((o) => o.kind === 'Deployment' && o.metadata?.name === 'triage');
  const { template } = (deployment?.spec ?? {}) as {
    template: { spec: Record<string, { name: string; command?: string[] }[]> };
  };
  expect(template.spec.containers!.map(({ name }) => name)).toEqual([WATCHED.agent]);
  expect(template.spec.initContainers!.map(({ name, command }) => [name, command])).toEqual([
    [WATCHED.sidecar, [SIDECAR_EXECUTABLE]],
  ]);
});
