import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import { isObject, type Json, type JsonObject } from './json';
import type { Call } from './request';

type Tool = GovernorConfig['tools'][string];

const unknown = (): Denial => new Denial('unknown-route', 'no declared operation has this method and path');
const malformed = (what: string): Denial => new Denial('malformed-message', what);

/** Control characters, and a slash that a later reader would take for the end of a segment. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const UNSAFE = /[\u0000-\u001f\u007f/\\]/;

const decodeSegment = (segment: string): string => {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw malformed('a path segment is not percent-encoded UTF-8');
  }
  if (UNSAFE.test(text) || text === '.' || text === '..') throw malformed('a path segment holds what ends a segment');
  return text;
};

/** Arguments in the path, or undefined where it is another path. */
const match = (template: string, path: string): Record<string, string> | undefined => {
  const [wanted, found] = [template.split('/'), path.split('/')];
  if (wanted.length !== found.length) return undefined;
  const values: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const name = /^\{(.+)\}$/.exec(segment)?.[1];
    const value = found[i] as string;
    if (name === undefined) {
      if (segment !== value) return undefined;
    } else if (value === '') return undefined;
    else values[name] = decodeSegment(value);
  }
  return values;
};

const queryOf = (query: string): Record<string, string> => {
  const values: Record<string, string> = {};
  if (query === '') return values;
  for (const pair of query.split('&')) {
    const [name, value] = (() => {
      const [key = '', ...rest] = pair.split('=');
      try {
        return [key, rest.join('=')].map((text) => decodeURIComponent(text.replaceAll('+', ' '))) as [string, string];
      } catch {
        throw malformed('the query is not percent-encoded UTF-8');
      }
    })();
    if (name === '' || name === '__proto__' || Object.hasOwn(values, name))
      throw malformed('a parameter of the query has no name, or comes twice');
    values[name] = value;
  }
  return values;
};

/** Literal paths come first, as in the gateway's routes. */
const routes = (tool: Tool, method: string): [name: string, path: string][] =>
  Object.entries(tool.operations)
    .flatMap(([name, { route }]): [string, string][] => (route?.method === method ? [[name, route.path]] : []))
    .sort(([, a], [, b]) => Number(a.includes('{')) - Number(b.includes('{')));

const bodyArguments = (body: Json | undefined): JsonObject => {
  if (body === undefined) return {};
  if (!isObject(body)) throw malformed('the body is not an object: its keys are the arguments');
  return body;
};

/** A call of an HTTP API: arguments are path, query and the keys of the body, each name once. */
export function parseHttp(tool: string, config: Tool, method: string, target: string, body: Json | undefined): Call {
  const [path = '', ...query] = target.split('?');
  for (const [operation, template] of routes(config, method)) {
    const inPath = match(template, path);
    if (inPath === undefined) continue;
    const inQuery = queryOf(query.join('?'));
    const inBody = bodyArguments(body);
    const names = [inPath, inQuery, inBody].flatMap((part) => Object.keys(part));
    if (new Set(names).size !== names.length) throw malformed('an argument comes in two places');
    return {
      kind: 'operation',
      tool,
      operation,
      arguments: { ...inPath, ...inQuery, ...inBody },
      textual: new Set([...Object.keys(inPath), ...Object.keys(inQuery)]),
    };
  }
  throw unknown();
}
