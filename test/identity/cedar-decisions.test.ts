import { join } from 'node:path';
import { parse } from 'yaml';
import type { EnvironmentDeclaration } from '../../lib';
import { contextOf } from '../../lib/context';
import type { Argument, Operation } from '../../lib/declaration/operation';
import { cedarPolicy } from '../../lib/identity/cedar';
import { declarations } from '../support/arbitrary-declaration';
import { type CedarRequest, cedarComplaints, cedarDecision } from '../support/cedar';
import { desk } from '../support/desk';
import { GOLDEN, readTree } from '../support/golden';
import fc from '../support/property';

const RUN = { autonomous: false, explained: true, approved: true, violated: [], exceeded: [], taint: [] };
type Run = Omit<typeof RUN, 'violated' | 'exceeded'> & { violated: string[]; exceeded: string[] };

/** A value of each kind of argument, as Cedar's JSON has it. */
const VALUES: Readonly<Record<Argument['kind'], unknown>> = {
  matches: 'a',
  text: 'a',
  oneOf: 'a',
  number: { __extn: { fn: 'decimal', arg: '1.5' } },
  integer: 1,
  boolean: true,
};
const inputOf = (operation: Operation): Record<string, unknown> =>
  Object.fromEntries(Object.entries(operation.arguments ?? {}).map(([name, { kind }]) => [name, VALUES[kind]]));

interface Case {
  readonly what: string;
  readonly request: CedarRequest;
  readonly expected: 'allow' | 'deny';
}

const expecting = (allowed: boolean, what: string, request: CedarRequest): Case => ({
  what,
  request,
  expected: allowed ? 'allow' : 'deny',
});

const operations = (env: EnvironmentDeclaration): [reference: string, operation: Operation][] =>
  Object.entries(env.tools).flatMap(([tool, { operations: all }]) =>
    Object.entries(all).map(([name, operation]): [string, Operation] => [`${tool}.${name}`, operation]),
  );

const call = (agent: string, reference: string, input: object, run: Partial<Run> = {}): CedarRequest => ({
  principal: ['Agent', agent],
  action: reference,
  resource: ['Tool', reference.split('.')[0] ?? ''],
  context: { input, run: { ...RUN, ...run } },
});

type Agent = EnvironmentDeclaration['agents'][string];

const calls = (env: EnvironmentDeclaration, agent: string, { tools, needsApproval, sequence }: Agent): Case[] =>
  operations(env).flatMap(([reference, operation]) => {
    const granted = tools.includes(reference as never);
    const waits = needsApproval.some((rule) => rule.kind === 'operation' && rule.operation === reference);
    const input = inputOf(operation);
    const what = `${agent} calls ${reference}`;
    return [
      expecting(granted, what, call(agent, reference, input)),
      expecting(granted && !waits, `${what}, unapproved`, call(agent, reference, input, { approved: false })),
      expecting(false, `${what} with more`, call(agent, reference, { ...input, undeclared: 'x' })),
      ...sequence.map((_, i) => {
        const violated = [`${agent}.sequence.${i}`];
        return expecting(false, `${what} against rule ${i}`, call(agent, reference, input, { violated }));
      }),
    ];
  });

const excesses = (env: EnvironmentDeclaration, agent: string, { needsApproval }: Agent): Case[] =>
  needsApproval.flatMap((rule, i) => {
    if (rule.kind === 'operation') return [];
    const { operation: reference } = rule.condition;
    const input = inputOf(operations(env).find(([name]) => name === reference)?.[1] as Operation);
    const exceeded = [`${agent}.approval.${i}`];
    const what = `${agent} exceeds ${reference}`;
    return [
      expecting(false, what, call(agent, reference, input, { approved: false, exceeded })),
      expecting(true, `${what}, approved`, call(agent, reference, input, { exceeded })),
    ];
  });

const inferences = (env: EnvironmentDeclaration, agent: string, { models }: Agent): Case[] =>
  Object.entries(env.models).flatMap(([model, { names }]) =>
    [...names, 'another'].map((name) =>
      expecting(models.includes(model) && name !== 'another', `${agent} asks ${model}/${name}`, {
        principal: ['Agent', agent],
        action: 'infer',
        resource: ['Model', `${model}/${name}`],
        context: { run: RUN },
      }),
    ),
  );

const questions = (agent: string, { mayAsk }: Agent): Case[] => {
  const ask = (allowed: boolean, id: string, groups: readonly string[]): Case =>
    expecting(allowed, `${id} of ${groups} asks ${agent}`, {
      principal: ['User', id],
      action: 'ask',
      resource: ['Agent', agent],
      context: {},
      groups,
    });
  const named = mayAsk.map((principal) => principal.slice(principal.indexOf(':') + 1));
  return [
    ask(false, '-stranger-', ['-strangers-']),
    ...mayAsk.map((principal, i) =>
      principal.startsWith('user:') ? ask(true, named[i] ?? '', []) : ask(true, '-member-', [named[i] ?? '']),
    ),
  ];
};

/** What must be allowed and denied, told again from the declaration. */
const cases = (env: EnvironmentDeclaration): Case[] => [
  ...Object.entries(env.agents).flatMap(([name, agent]) => [
    ...calls(env, name, agent),
    ...excesses(env, name, agent),
    ...inferences(env, name, agent),
    ...questions(name, agent),
  ]),
  ...operations(env).map(([reference, operation]) =>
    expecting(false, `an unknown agent calls ${reference}`, call('-unknown-', reference, inputOf(operation))),
  ),
];

const wrong = (env: EnvironmentDeclaration): string[] => {
  const { schema, policies } = cedarPolicy(contextOf(env));
  return cases(env)
    .filter(({ request, expected }) => cedarDecision(schema, policies, request) !== expected)
    .map(({ what, expected }) => `${what}: expected ${expected}`);
};

describe('every golden environment', () => {
  const trees = ['dev', 'staging', 'prod', 'openshift'].map((stage) => `support-desk-${stage}`);
  test.each(trees)('%s: schema and policies are valid as they are mounted', (name) => {
    const [config] = [...readTree(join(GOLDEN, name))]
      .filter(([path]) => /\.governor-policies-[0-9a-f]{10}\.yaml$/.test(path))
      .map(([, text]) => parse(text).data);
    expect(config['policies.cedar']).toContain('permit');
    expect(cedarComplaints(config['schema.cedarschema'], config['policies.cedar'])).toEqual([]);
  });
});

describe('decisions', () => {
  test('of the support desk are the declared ones', () => {
    expect(cases(desk()).length).toBeGreaterThan(30);
    expect(new Set(cases(desk()).map(({ expected }) => expected)).size).toBe(2);
    expect(wrong(desk())).toEqual([]);
  });

  test('any declaration gives valid Cedar that decides as declared', () => {
    fc.assert(
      fc.property(declarations, (env) => {
        const { schema, policies } = cedarPolicy(contextOf(env));
        expect(cedarComplaints(schema, policies)).toEqual([]);
        expect(wrong(env)).toEqual([]);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});

describe('what is broken is found', () => {
  const { schema, policies } = cedarPolicy(contextOf(desk()));
  const broken: readonly (readonly [what: string, schema: string, policies: string])[] = [
    ['a schema that does not parse', schema.replace('entity Group;', 'entity Group'), policies],
    ['a type nobody defined', schema.replace('run: Run }', 'run: Ran }'), policies],
    [
      'an action twice',
      schema.replace(
        '  action "infer"',
        '  action "ask" appliesTo { principal: [User], resource: [Agent] };\n  action "infer"',
      ),
      policies,
    ],
    ['a policy that does not parse', schema, policies.replace('permit (', 'permit ')],
    ['an unknown action', schema, policies.replace('Action::"tickets.search"', 'Action::"tickets.serch"')],
    ['an unknown type', schema, policies.replace('Firepit::Tool::', 'Firepit::Tol::')],
    ['a fact nobody knows', schema, policies.replace('context.run.approved', 'context.run.aproved')],
    ['a fact of another type', schema, policies.replace('context.run.approved', 'context.run.violated')],
    [
      'an action on the wrong resource',
      schema,
      policies.replace('resource == Firepit::Tool::"tickets"', 'resource == Firepit::Agent::"triage"'),
    ],
  ];
  test.each(broken)('%s', (_what, brokenSchema, brokenPolicies) => {
    expect([brokenSchema, brokenPolicies]).not.toEqual([schema, policies]);
    expect(cedarComplaints(brokenSchema, brokenPolicies)).not.toEqual([]);
  });

  test('a forbid that is lost changes a decision', () => {
    const [forbid = ''] = /@id\("triage\.approval\.0"\)[\s\S]*?;\n/.exec(policies) ?? [];
    expect(forbid).toContain('forbid');
    const less = policies.replace(forbid, '');
    expect(
      cases(desk()).filter(({ request, expected }) => cedarDecision(schema, less, request) !== expected),
    ).not.toEqual([]);
  });
});
