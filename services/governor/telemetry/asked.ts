import type { Attributes } from '@opentelemetry/api';
import type { GovernorConfig } from '../../../contract/governor';
import { HOUSEKEEPING } from '../parse/mcp-request';
import type { Decision } from '../record';
import { NAMES } from './names';

/** Name and attributes of what was asked for. */
export interface Asked {
  readonly name: string;
  readonly attributes: Attributes;
}

/** What is declared. */
export type Declared = Pick<GovernorConfig, 'agents' | 'models' | 'tools'>;

/** What MCP clients ask for beside messages: the protocol has no method for it. */
const NO_METHOD: ReadonlySet<string> = new Set(['GET', 'DELETE', 'answer']);
const COUNT = '/v1/messages/count_tokens';

/** `{operation} {subject}`, as the conventions name spans. */
const asked = (operation: string, subject: string | undefined, attributes: Attributes): Asked => ({
  name: subject === undefined ? operation : `${operation} ${subject}`,
  attributes: { [NAMES.operation]: operation, ...attributes },
});

function ofAgent({ agents }: Declared, { upstream }: Decision): Asked {
  const agent = upstream !== undefined && Object.hasOwn(agents, upstream) ? upstream : undefined;
  return asked('invoke_agent', agent, agent === undefined ? {} : { [NAMES.call]: `ask:${agent}` });
}

function ofModel({ models }: Declared, { protocol, upstream = '', model = '', path }: Decision): Asked {
  const operation = path.endsWith(COUNT) ? 'count_tokens' : 'chat';
  const provider = { [NAMES.provider]: protocol };
  if (!Object.hasOwn(models, upstream) || models[upstream]?.names.includes(model) !== true)
    return asked(operation, undefined, provider);
  return asked(operation, model, {
    ...provider,
    [NAMES.requestModel]: model,
    [NAMES.call]: `infer:${upstream}/${model}`,
  });
}

function ofTool({ tools }: Declared, { protocol, upstream = '', action = '' }: Decision): Asked {
  const tool = Object.hasOwn(tools, upstream) ? tools[upstream] : undefined;
  const what = action.slice(upstream.length + 1);
  if (tool !== undefined && action === `${upstream}:${what}`) {
    if (HOUSEKEEPING.has(what)) return { name: what, attributes: { [NAMES.mcpMethod]: what } };
    if (NO_METHOD.has(what)) return { name: what, attributes: {} };
  }
  if (tool === undefined || action !== `${upstream}.${what}`) return { name: 'unreadable', attributes: {} };
  const method = protocol === 'mcp' ? { [NAMES.mcpMethod]: 'tools/call' } : {};
  const operation = Object.hasOwn(tool.operations, what) ? tool.operations[what] : undefined;
  if (operation === undefined) return asked('execute_tool', undefined, method);
  return asked('execute_tool', what, {
    ...method,
    [NAMES.tool]: what,
    [NAMES.call]: action,
    [NAMES.callEffect]: operation.effect,
    [NAMES.callReach]: operation.reach,
  });
}

/** What a call asks for, in the words of the declaration: what a stranger named and nobody declared stays out. */
export function askedOf(declared: Declared, decision: Decision): Asked {
  if (decision.door === 'front') return ofAgent(declared, decision);
  const isModel = decision.protocol === 'anthropic' || decision.protocol === 'openai';
  return isModel ? ofModel(declared, decision) : ofTool(declared, decision);
}
