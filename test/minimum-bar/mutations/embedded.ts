import { parseAllDocuments, stringify } from 'yaml';
import { digestName } from '../../../lib/names';
import type { Json } from './tree';

/** A document that stands as text in another object. */
export interface Embedded {
  readonly tree: Json;
  readonly write: (tree: Json) => string;
}

const json = (text: string): Embedded | undefined => {
  try {
    const tree = JSON.parse(text) as Json;
    return typeof tree === 'object' && tree !== null ? { tree, write: (to) => `${JSON.stringify(to)}\n` } : undefined;
  } catch {
    return undefined;
  }
};

const yaml = (text: string): Embedded => ({
  tree: parseAllDocuments(text)
    .map((document) => document.toJS() as Json)
    .at(0) as Json,
  write: (to) => stringify(to, { lineWidth: 0, aliasDuplicateObjects: false }),
});

/** Cedar statements, each with its annotations; or the lines of a schema. */
const lines = (text: string, end: string): Embedded => ({
  tree: text
    .split(end)
    .map((part) => part.trim())
    .filter((part) => part !== ''),
  write: (to) => (to as string[]).map((part) => `${part}${end}`).join(end.endsWith('\n') ? '' : '\n'),
});

/** The document that a data key of a ConfigMap holds. @returns undefined when it is mere text */
export const embedded = (key: string, text: string): Embedded | undefined => {
  if (key.endsWith('.json')) return json(text);
  // JSON is YAML, and is written as it was.
  if (key.endsWith('.yaml')) return json(text) ?? yaml(text);
  if (key.endsWith('.cedar')) return lines(text, ';');
  if (key.endsWith('.cedarschema')) return lines(text, '\n');
  return undefined;
};

/** What a Cedar statement can be changed to so that it allows more. */
export const looserStatements = (statement: string): string[] =>
  [
    statement.replace(/\bforbid\b/, 'permit'),
    statement.replace(/\bwhen \{[^}]*\}/, ''),
    statement.replace(/\bunless \{[^}]*\}/, ''),
    statement.replace(/\bunless \{[^}]*\}/, 'unless { true }'),
    statement.replace(/principal (==|in) [^,]+,/, 'principal,'),
    statement.replace(/action (==|in) (\[[^\]]*\]|[^,]+),/, 'action,'),
    statement.replace(/resource == [^)]+\)/, 'resource)'),
    statement.replace(/@effect\("[^"]*"\)\s*/, ''),
    statement.replace(/@id\("([^"]*)"\)/, '@id("$1x")'),
    'permit (principal, action, resource)',
  ].filter((changed, index, all) => changed !== statement && all.indexOf(changed) === index);

/** The name that a ConfigMap of this data would have been given; names without a digest stay. */
export const renamed = (name: string, data: Readonly<Record<string, string>>): string =>
  name.replace(/^(.*)-[0-9a-f]{10}$/, (_, stem: string) => digestName(stem, data));
