import { isObject, type Json, type JsonObject } from './json';
import { badAnswer, objectOf } from './turn';

/** One message of an MCP server, as far as it is judged. */
export type McpAnswer =
  | { readonly kind: 'result'; readonly id: string | number; readonly isError: boolean; readonly body: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly body: JsonObject };

/** What a server may tell unasked. */
const NOTIFICATIONS: ReadonlySet<string> = new Set([
  'notifications/cancelled',
  'notifications/message',
  'notifications/progress',
  'notifications/tools/list_changed',
  'notifications/resources/list_changed',
  'notifications/prompts/list_changed',
]);

const idOf = ({ id }: JsonObject): string | number => {
  if (typeof id === 'string' || typeof id === 'number') return id;
  throw badAnswer('an answer without the id of its request');
};

/**
 * A message from a server. A server that asks (a sample of the model, an input of the user, a list of files) would
 * act through the agent: only `ping` passes. A result that is not complete waits for such an answer, or is a task.
 */
export function mcpAnswer(value: Json): McpAnswer {
  const body = objectOf(value, 'a message');
  if (body.jsonrpc !== '2.0') throw badAnswer('not one JSON-RPC 2.0 message');
  if (body.method !== undefined) {
    const { method } = body;
    if (body.id !== undefined && method !== 'ping') throw badAnswer('the server asks for something; servers answer');
    if (typeof method !== 'string' || (method !== 'ping' && !NOTIFICATIONS.has(method)))
      throw badAnswer('a notification of an unknown kind');
    return { kind: 'notification', method, body };
  }
  if ((body.result === undefined) === (body.error === undefined))
    throw badAnswer('neither a result nor an error, or both');
  if (body.error !== undefined) {
    objectOf(body.error, 'the error');
    return { kind: 'result', id: idOf(body), isError: true, body };
  }
  const result = objectOf(body.result, 'the result');
  if (result.resultType !== undefined && result.resultType !== 'complete')
    throw badAnswer('the result waits for an answer, or is a task');
  return { kind: 'result', id: idOf(body), isError: result.isError === true, body };
}

/** The list of a server without the tools that were not granted, and all that was in it. */
export function shownTools(
  { body }: Extract<McpAnswer, { kind: 'result' }>,
  granted: ReadonlySet<string>,
): { readonly value: JsonObject; readonly tools: readonly Json[] } {
  const result = objectOf(body.result, 'the result');
  if (!Array.isArray(result.tools)) throw badAnswer('the list of tools is not a list');
  const all = result.tools as readonly Json[];
  const tools = all.filter((tool) => isObject(tool) && typeof tool.name === 'string' && granted.has(tool.name));
  return { value: { ...body, result: { ...result, tools } }, tools: all };
}
