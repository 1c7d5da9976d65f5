import {
  Argument,
  Bearer,
  type EnvironmentDeclaration,
  environment,
  HttpApi,
  McpServer,
  Operation,
  Private,
  Route,
  SecretKey,
  Taint,
} from '../../lib';
import { desk } from './desk';

export interface Size {
  readonly agents: number;
  readonly tools: number;
  readonly operations: number;
}

/** What one environment must carry. */
export const LARGE: Size = { agents: 50, tools: 200, operations: 2000 };

/** What no gateway can be told in one file. */
export const TOO_LARGE: Size = { agents: 20, tools: 320, operations: 3200 };

const number = (i: number): string => String(i).padStart(3, '0');

/** An environment of any size: every other tool is an HTTP API, and each agent may use its share of all operations. */
export const large = ({ agents, tools, operations }: Size, name = 'large'): EnvironmentDeclaration => {
  const { triage } = desk().agents;
  const each = Math.ceil(operations / tools);
  const perTool = (i: number) =>
    Array.from({ length: Math.max(0, Math.min(each, operations - i * each)) }, (_, n) => `operation-${number(n)}`);
  const args = { id: Argument.matches('^C-[0-9]{1,12}$') };
  const tool = (i: number) => {
    const at = Private.host(`tool-${number(i)}.internal.example.com`, {
      cidrs: [`10.${50 + (i >> 8)}.${i & 255}.0/28`],
    });
    const auth = Bearer.from(SecretKey.of(`tool-${number(i)}`, 'token'));
    const http = perTool(i).map((one) => [
      one,
      Operation.read({ route: Route.get(`/v1/${one}/{id}`), arguments: args, returns: [Taint.SENSITIVE] }),
    ]);
    const mcp = perTool(i).map((one, n) => [
      one,
      n % 4 === 3 ? Operation.write({ arguments: args }) : Operation.read({}),
    ]);
    return i % 2 === 0
      ? McpServer.at(at, { auth, operations: Object.fromEntries(mcp) })
      : HttpApi.at(at, { auth, operations: Object.fromEntries(http) });
  };
  const all = Array.from({ length: tools }, (_, i) => perTool(i).map((one) => `tool-${number(i)}.${one}`)).flat();
  const share = Math.ceil(all.length / agents);
  return environment({
    ...desk({ name }),
    locked: [],
    tools: Object.fromEntries(Array.from({ length: tools }, (_, i) => [`tool-${number(i)}`, tool(i)])),
    agents: Object.fromEntries(
      Array.from({ length: agents }, (_, i) => [
        `agent-${number(i)}`,
        { ...triage, tools: all.slice(i * share, (i + 1) * share), needsApproval: [], sequence: [] },
      ]),
    ),
  } as never) as unknown as EnvironmentDeclaration;
};
