import {
  checkParseSchema,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';

/** Cedar's own words about a schema and policies, in strict mode, warnings included; empty when all is well. */
export function cedarComplaints(schema: string, policies: string): string[] {
  const parsed = checkParseSchema(schema);
  if (parsed.type === 'failure') return parsed.errors.map(({ message }) => `schema: ${message}`);
  const answer = validate({ schema, policies: { staticPolicies: policies }, validationSettings: { mode: 'strict' } });
  if (answer.type === 'failure') return answer.errors.map(({ message }) => `policies: ${message}`);
  return [...answer.validationErrors, ...answer.validationWarnings, ...answer.otherWarnings].map((said) =>
    'error' in said ? said.error.message : said.message,
  );
}

type Uid = readonly [type: 'Agent' | 'User' | 'Group' | 'Tool' | 'Model' | 'Action', id: string];
export interface CedarRequest {
  readonly principal: Uid;
  readonly action: string;
  readonly resource: Uid;
  readonly context: object;
  /** Groups of the principal. */
  readonly groups?: readonly string[];
}
const uid = ([type, id]: Uid): { type: string; id: string } => ({ type: `Firepit::${type}`, id });

let parsed = '';
/** The engine keeps what it parsed; a change is parsed anew. */
function load(schema: string, policies: string): void {
  const text = `${schema}\0${policies}`;
  if (text === parsed) return;
  for (const answer of [preparseSchema('schema', schema), preparsePolicySet('policies', { staticPolicies: policies })])
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '));
  parsed = text;
}

/** The decision, by the governor's rule: whatever fails or errs is a denial. */
export function cedarDecision(schema: string, policies: string, request: CedarRequest): 'allow' | 'deny' {
  load(schema, policies);
  const answer = statefulIsAuthorized({
    principal: uid(request.principal),
    action: uid(['Action', request.action]),
    resource: uid(request.resource),
    context: JSON.parse(JSON.stringify(request.context)),
    preparsedSchemaName: 'schema',
    validateRequest: true,
    preparsedPolicySetId: 'policies',
    entities: [
      {
        uid: uid(request.principal),
        attrs: {},
        parents: (request.groups ?? []).map((group) => uid(['Group', group])),
      },
    ],
  });
  return answer.type === 'success' && answer.response.diagnostics.errors.length === 0
    ? answer.response.decision
    : 'deny';
}
