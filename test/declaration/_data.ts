import type { EnvironmentDeclaration, environment, SupplyChain } from '../../lib/declaration';
import { DeclarationError, type DeclarationFinding, FirepitError } from '../../lib/errors';
import { agent, base } from '../types/base';

/** The base as plain data of its own, to be changed at will. */
export const plainBase = (): Record<string, unknown> =>
  JSON.parse(JSON.stringify({ ...base, agents: { triage: agent } })) as Record<string, unknown>;

/** The base under another supply chain; nothing is checked yet. */
export const withSupplyChain = (supplyChain: SupplyChain): EnvironmentDeclaration =>
  ({ ...plainBase(), supplyChain }) as unknown as EnvironmentDeclaration;

type Node = Record<string, unknown>;

/** Sets the value at a path such as `agents.triage.tools.0`; `undefined` removes it. */
export const put = (data: Node, path: string, value: unknown): Node => {
  const keys = path.split('.');
  const last = keys.pop() as string;
  const parent = keys.reduce<Node>((node, key) => node[key] as Node, data);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return data;
};

/** What a declaration is refused with; undefined when it is accepted, and anything but a refusal thrown on. */
export const refusal = (declare: () => unknown): readonly DeclarationFinding[] | undefined => {
  try {
    declare();
    return undefined;
  } catch (error) {
    if (!(error instanceof DeclarationError) || !(error instanceof FirepitError)) throw error;
    return error.findings as readonly DeclarationFinding[];
  }
};

/** The data that a function would declare. */
export const dataOf = (attempt: (declare: typeof environment) => unknown): unknown =>
  attempt(((data: unknown) => data) as unknown as typeof environment);
