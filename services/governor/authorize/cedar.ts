import {
  type EntityJson,
  type PolicyJson,
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  type TypeAndId,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { readInput, wordsOf } from './words';

/** Facts about the run that policies see; the governor observed each of them itself. */
export interface RunFacts {
  readonly autonomous: boolean;
  readonly explained: boolean;
  readonly approved: boolean;
  readonly violated: readonly string[];
  readonly exceeded: readonly string[];
  readonly taint: readonly string[];
}

/** A question to the policies. */
export type Question =
  | { readonly action: 'ask'; readonly user: string; readonly groups: readonly string[]; readonly agent: string }
  | {
      readonly action: 'infer';
      readonly agent: string;
      readonly model: string;
      readonly name: string;
      readonly run: RunFacts;
    }
  | {
      readonly action: 'call';
      readonly agent: string;
      readonly tool: string;
      readonly operation: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly run: RunFacts;
    };

/** What the policies answer, and which of them made it so. */
export interface Ruling {
  readonly effect: 'allow' | 'deny' | 'needs_approval';
  /** Ids of the policies that determined it; empty where no policy permits. */
  readonly policies: readonly string[];
}

/** Policies that this governor cannot decide with: they do not parse, or do not fit their schema. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

const uid = (type: string, id: string): TypeAndId => ({ type: `Firepit::${type}`, id });
const entity = (type: string, id: string, parents: TypeAndId[] = []): EntityJson => ({
  uid: uid(type, id),
  attrs: {},
  parents,
});

interface Request {
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: object;
  readonly entities: EntityJson[];
}

const requestOf = (question: Question, approved: boolean): Request => {
  if (question.action === 'ask') {
    const groups = [...new Set(question.groups)];
    return {
      principal: uid('User', question.user),
      action: uid('Action', 'ask'),
      resource: uid('Agent', question.agent),
      context: {},
      entities: [
        entity(
          'User',
          question.user,
          groups.map((group) => uid('Group', group)),
        ),
        ...groups.map((group) => entity('Group', group)),
      ],
    };
  }
  const run = { ...question.run, approved };
  if (question.action === 'infer')
    return {
      principal: uid('Agent', question.agent),
      action: uid('Action', 'infer'),
      resource: uid('Model', `${question.model}/${question.name}`),
      context: { run },
      entities: [],
    };
  return {
    principal: uid('Agent', question.agent),
    action: uid('Action', `${question.tool}.${question.operation}`),
    resource: uid('Tool', question.tool),
    context: { input: question.input, run },
    entities: [],
  };
};

interface Policy {
  readonly text: string;
  readonly json: PolicyJson;
}

const policiesOf = (text: string): Map<string, Policy> => {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') throw new PolicyError(`policies: ${parts.errors.map((e) => e.message).join('; ')}`);
  if (parts.policy_templates.length > 0) throw new PolicyError('policies: found a template; expected: policies alone');
  const policies = new Map<string, Policy>();
  for (const policy of parts.policies) {
    const answer = policyToJson(policy);
    if (answer.type === 'failure') throw new PolicyError(`policies: ${answer.errors.map((e) => e.message).join('; ')}`);
    const id = answer.json.annotations?.id ?? undefined;
    if (id === undefined)
      throw new PolicyError('policies: found a policy without @id; expected: an id, which answers and records name');
    if (policies.has(id))
      throw new PolicyError(`policies: found @id(${JSON.stringify(id)}) twice; expected: ids of their own`);
    policies.set(id, { text: policy, json: answer.json });
  }
  return policies;
};

let instances = 0;

/** Answers that are kept. */
const KEPT = 1_024;

/**
 * Cedar over schema and policies that were parsed once. Cedar skips a forbid that fails and would allow: so requests
 * are validated, and any failure or error is a denial.
 */
export class Authorizer {
  /** Cedar keeps what was parsed by name, and per thread. */
  private readonly name = `governor-${instances++}`;
  private readonly askPeople: ReadonlySet<string>;
  private readonly inputIsRead: boolean;
  /** What is asked again and again in the same few words: Cedar answers the same each time. */
  private readonly kept = new Map<string, Ruling>();

  constructor(schema: string, policies: string) {
    const parsed = policiesOf(policies);
    const staticPolicies = Object.fromEntries([...parsed].map(([id, { text }]) => [id, text]));
    const valid = validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } });
    const problems = valid.type === 'failure' ? valid.errors : valid.validationErrors.map(({ error }) => error);
    if (problems.length > 0) throw new PolicyError(`policies: ${problems.map((e) => e.message).join('; ')}`);
    for (const answer of [preparseSchema(this.name, schema), preparsePolicySet(this.name, { staticPolicies })])
      if (answer.type === 'failure') throw new PolicyError(answer.errors.map((e) => e.message).join('; '));
    this.inputIsRead = readInput([...parsed.values()].map(({ json }) => json));
    this.askPeople = new Set(
      [...parsed].flatMap(([id, { json }]) =>
        json.effect === 'forbid' && json.annotations?.effect === 'needs_approval' ? [id] : [],
      ),
    );
  }

  /** Step 6. A no that people can lift is `needs_approval`, and only if nothing else would still say no then. */
  decide(question: Question): Ruling {
    const words = wordsOf(question, this.inputIsRead);
    if (words === undefined) return this.judge(question);
    const ruling = this.kept.get(words) ?? this.judge(question);
    this.kept.set(words, ruling);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return ruling;
  }

  private judge(question: Question): Ruling {
    const approved = question.action !== 'ask' && question.run.approved;
    const first = this.ask(requestOf(question, approved));
    if (first.effect === 'allow' || approved || question.action === 'ask' || first.policies.length === 0) return first;
    if (!first.policies.every((id) => this.askPeople.has(id))) return first;
    return this.ask(requestOf(question, true)).effect === 'allow' ? { ...first, effect: 'needs_approval' } : first;
  }

  private ask(request: Request): Ruling {
    const answer = statefulIsAuthorized({
      ...(request as unknown as { context: Record<string, never> } & Request),
      preparsedPolicySetId: this.name,
      preparsedSchemaName: this.name,
      validateRequest: true,
    });
    if (answer.type === 'failure') return { effect: 'deny', policies: [] };
    const { decision, diagnostics } = answer.response;
    if (diagnostics.errors.length > 0)
      return { effect: 'deny', policies: diagnostics.errors.map(({ policyId }) => policyId) };
    return { effect: decision === 'allow' ? 'allow' : 'deny', policies: [...diagnostics.reason].sort() };
  }
}
