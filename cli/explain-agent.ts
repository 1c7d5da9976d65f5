import type {
  Agent,
  ApprovalRule,
  Argument,
  EnvironmentDeclaration,
  Scope,
  SequenceCondition,
  SequenceRule,
} from '../lib/declaration';
import { showSpan } from '../lib/declaration/duration';
import { hostOf } from '../lib/declaration/endpoint';
import { capsWords } from '../lib/declaration/opaque-host';
import type { Operation } from '../lib/declaration/operation';
import { placeOf } from '../lib/declaration/tool';
import { replicasOf } from '../lib/declaration/workload';
import { agentPath } from '../lib/gateway/paths';
import { modelPlace } from '../lib/model-place';
import { entryFacts, entryWords } from './entry-words';
import { workloadWords } from './workload-words';

/** What an argument may be, in words. */
const argumentWords = (argument: Argument): string => {
  const words = (): string => {
    switch (argument.kind) {
      case 'matches':
        return `matches ${argument.pattern}, at most ${argument.maxLength} characters`;
      case 'text':
        return `text of at most ${argument.maxLength} characters`;
      case 'number':
      case 'integer':
        return `${argument.kind} from ${argument.min} to ${argument.max}`;
      case 'boolean':
        return 'true or false';
      case 'oneOf':
        return `one of ${argument.values.join(', ')}`;
    }
  };
  return argument.optional === true ? `${words()}; may be left out` : words();
};

/** Undeclared arguments are refused, but for reads inside. */
const argumentsOf = ({ effect, reach, arguments: declared }: Operation): Readonly<Record<string, string>> | 'any' =>
  declared === undefined
    ? effect === 'read' && reach === 'internal'
      ? 'any'
      : {}
    : Object.fromEntries(Object.entries(declared).map(([name, argument]) => [name, argumentWords(argument)]));

const SCOPE_WORDS = { agent: ', over all its runs', user: ', over all its runs for one person' } as const;
const scopeWords = (scope: Scope | undefined): string => (scope === undefined ? '' : SCOPE_WORDS[scope]);

const heldWords = (held: readonly string[]): string => `nothing${held.length === 0 ? '' : ` but ${held.join(', ')}`}`;

/** Of which calls a condition holds, in words. */
const conditionWords = (c: SequenceCondition): string => {
  const within = `within ${showSpan(c.within.seconds)}${'scope' in c ? scopeWords(c.scope) : ''}`;
  switch (c.kind) {
    case 'countOver':
      return `${c.operation}, once it would be called more than ${c.over} times ${within}`;
    case 'sumOver':
      return `${c.operation}, once the sum of its ${c.argument} would be over ${c.over} ${within}`;
    case 'distinctOver':
      return `${c.operation}, once its ${c.argument} would have more than ${c.over} different values ${within}`;
    case 'formerly':
      return `${c.operation}, ${within} after ${c.other} was called`;
    case 'previous':
      return `${c.operation}, if ${c.other} was called last, ${within}`;
    case 'since':
      return `${c.operation}, if ${c.other} was called ${within} and ${heldWords(c.held)} since`;
  }
};

/** When a person is asked, in words. */
const approvalWords = (rule: ApprovalRule): string => {
  if (rule.kind === 'operation') return `every ${rule.operation}`;
  return conditionWords(rule.condition);
};

/** A rule over the order of calls, in words. */
const sequenceWords = (rule: SequenceRule): string => {
  switch (rule.kind) {
    case 'atMost':
      return `${rule.operation} at most ${rule.times} times in ${showSpan(rule.per.seconds)}${scopeWords(rule.scope)}`;
    case 'neverBefore':
      return `nothing ${rule.before} once ${rule.taint} data was read`;
    case 'onlyAfter':
      return `${rule.operation} only within ${showSpan(rule.within.seconds)} after ${rule.after} succeeded`;
    case 'onlyWhen': {
      const { condition: c } = rule;
      const within = `within ${showSpan(c.within.seconds)}`;
      return c.kind === 'previous'
        ? `${c.operation} only right after ${c.other} succeeded, ${within}`
        : `${c.operation} only ${within} after ${c.other} succeeded, with ${heldWords(c.held)} since`;
    }
    case 'deny':
      return `never ${conditionWords(rule.condition)}`;
  }
};

const operationFacts = ({ tools }: EnvironmentDeclaration, reference: string) => {
  const dot = reference.indexOf('.');
  const tool = tools[reference.slice(0, dot)];
  const operation = tool?.operations[reference.slice(dot + 1)];
  if (tool === undefined || operation === undefined) throw new Error(`no operation ${reference}`);
  const { effect, reach, returns } = operation;
  return {
    name: reference,
    host: placeOf(tool),
    effect,
    reach,
    arguments: argumentsOf(operation),
    returns,
    ...(tool.kind === 'opaqueHost' ? { tunnels: capsWords(tool.caps) } : {}),
  };
};

/** What an agent is and may do, as `--json` shows it. */
export function agentFacts(app: string, declaration: EnvironmentDeclaration, name: string, agent: Agent) {
  const { approvers, deadline, quorum = 1 } = declaration.approvals;
  const [front] = entryFacts(declaration);
  return {
    kind: 'agent' as const,
    name,
    environment: declaration.name,
    app,
    declared: `agents.${name}`,
    image: agent.image,
    workload: agent.workload.kind,
    replicas: replicasOf(agent.workload),
    runs: workloadWords(agent.workload),
    isolation: agent.isolation.kind,
    mayAsk: agent.mayAsk,
    askedAt: front === undefined ? '' : entryWords({ ...front, url: `${front.url}${agentPath(name)}` }),
    models: agent.models.map((model) => {
      const declared = declaration.models[model];
      return {
        name: model,
        host: declared === undefined ? '' : hostOf(modelPlace(declaration.name, model, declared)),
        names: declared?.names ?? [],
      };
    }),
    operations: agent.tools.map((reference) => operationFacts(declaration, reference)),
    needsApproval: agent.needsApproval.map(approvalWords),
    approvals: { approvers, deadlineSeconds: deadline.seconds, quorum },
    sequence: agent.sequence.map(sequenceWords),
    behaviour: { processes: agent.behaviour.processes, writes: agent.behaviour.writes },
  };
}
type AgentFacts = ReturnType<typeof agentFacts>;

const operationLines = (operation: AgentFacts['operations'][number]) => {
  const { name, host, effect, reach, arguments: all, returns, tunnels } = operation;
  const named = all === 'any' ? [] : Object.entries(all);
  return [
    `    ${name}: ${effect}, ${reach}, at ${host}`,
    ...named.map(([argument, words]) => `      ${argument}: ${words}`),
    ...(tunnels === undefined ? [] : [`      tunnels that nobody sees into: ${tunnels}`]),
    ...(named.length > 0 || tunnels !== undefined ? [] : [`      ${all === 'any' ? 'any arguments' : 'no arguments'}`]),
    ...(returns.length === 0 ? [] : [`      returns what is ${returns.join(' and ')}`]),
  ];
};
const block = (title: string, lines: readonly string[], none: string): string[] =>
  lines.length === 0 ? [`  ${title}: ${none}`] : [`  ${title}:`, ...lines];
const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

/** What an agent may do, in words. */
export const agentText = (agent: AgentFacts): string => {
  const { approvers, deadlineSeconds, quorum } = agent.approvals;
  const asked = `${quorum} of ${approvers.join(', ')} within ${showSpan(deadlineSeconds)}; no answer is a no, and nobody approves their own`;
  return [
    `agent ${agent.name} of ${agent.environment} (${agent.app}, ${agent.declared})`,
    `  runs: ${agent.runs}, ${agent.isolation}, ${agent.image}`,
    `  may be asked by: ${agent.mayAsk.join(', ') || 'nobody'}`,
    ...(agent.mayAsk.length === 0 ? [] : [`  is asked at: ${agent.askedAt}`]),
    ...block(
      'models',
      agent.models.map(({ name, host, names }) => `    ${name}: ${names.join(', ')}, at ${host}`),
      'none',
    ),
    ...block('may call, and nothing else', agent.operations.flatMap(operationLines), 'nothing'),
    ...block('a person is asked for', indented(agent.needsApproval), 'nothing'),
    ...(agent.needsApproval.length === 0 ? [] : [`    by ${asked}`]),
    ...block('in one run', indented(agent.sequence), 'no rule over the order of calls'),
    `  runs these programs: ${agent.behaviour.processes.join(', ')}`,
    `  writes below: ${agent.behaviour.writes.join(', ') || 'nothing'}`,
  ].join('\n');
};
