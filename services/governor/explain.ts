import { digestOf } from './canonical';
import type { JsonObject } from './parse/json';
import type { ToolUse } from './parse/request';

/** What a model said it wants: a tool-use block that passed us. A claim, kept beside the evidence. */
export interface Claim {
  /** Of the model call and the block in it. */
  readonly id: string;
  /** The tool, in the words of the model's client. */
  readonly name: string;
  /** `sha256:…` of the canonical arguments. */
  readonly digest: string;
}

/** The claims of a turn, in order. */
export const claimsOf = (call: string, toolUses: readonly ToolUse[]): Claim[] =>
  toolUses.map((use, i) => ({ id: `${call}.${i}`, name: use.name, digest: digestOf(use.arguments) }));

/** Clients put the server's name before the tool's in several ways. */
const SEPARATORS = ['.', '_', '__', '-', '/', ':'];
const namesOf = (tool: string, operation: string): ReadonlySet<string> =>
  new Set([
    operation,
    ...SEPARATORS.map((s) => `${tool}${s}${operation}`),
    `mcp__${tool}__${operation}`,
    `mcp_${tool}_${operation}`,
  ]);

/**
 * Step 4: the claim that asked for this call, the oldest that did not explain another one. A call that nobody asked
 * for is a fact for policies; it is no denial by itself, because agents may call tools on their own.
 * @param used ids of claims that explained a call before
 */
export function explanationOf(
  call: { readonly tool: string; readonly operation: string; readonly arguments: JsonObject },
  claims: readonly Claim[],
  used: ReadonlySet<string>,
): Claim | undefined {
  const names = namesOf(call.tool, call.operation);
  const digest = digestOf(call.arguments);
  return claims.find((claim) => claim.digest === digest && names.has(claim.name) && !used.has(claim.id));
}
