import type { RUNGS } from '../../contract/warden';

/** A step of the response ladder. */
export type Rung = (typeof RUNGS)[number];

/** Parts of a Falco rules file. */
export interface FalcoList {
  readonly list: string;
  readonly items: readonly (string | number)[];
}
export interface FalcoMacro {
  readonly macro: string;
  readonly condition: string;
}
export interface FalcoRule {
  readonly rule: string;
  readonly desc: string;
  readonly condition: string;
  readonly output: string;
  /** What the warden does about it. */
  readonly rung: Rung;
  /** Beside the rung's. */
  readonly tags: readonly string[];
}

/** How loud each rung is in Falco itself; upper case, as its schema wants it. */
const PRIORITY: Readonly<Record<Rung, string>> = {
  audit: 'INFORMATIONAL',
  alert: 'NOTICE',
  throttle: 'WARNING',
  deny: 'WARNING',
  quarantine: 'ERROR',
  hold: 'ERROR',
  suspend: 'CRITICAL',
  kill: 'CRITICAL',
};

/** Engine that knows these rules' fields and operators, and no longer has separate enter and exit events. */
export const ENGINE_VERSION = '0.57.0';
/** Gives `container.*` and `k8s.*`. */
export const CONTAINER_PLUGIN_VERSION = '0.4.0';

const quoted = (value: string | number): string => JSON.stringify(value);
const block = (key: string, text: string): string => `  ${key}: >-\n    ${text}`;

/** A string literal of a condition. Quoted always: Falco replaces a bare word that is also the name of some list. */
export const literal = (value: string): string => `"${value}"`;
/** A list literal of a condition. */
export const literals = (values: readonly (string | number)[]): string =>
  `(${values.map((value) => (typeof value === 'number' ? String(value) : literal(value))).join(', ')})`;

const listText = ({ list, items }: FalcoList): string =>
  `- list: ${list}\n  items: [${items.map(quoted).join(', ')}]\n`;
const macroText = ({ macro, condition }: FalcoMacro): string => `- macro: ${macro}\n${block('condition', condition)}\n`;
const ruleText = (rule: FalcoRule): string =>
  [
    `- rule: ${quoted(rule.rule)}`,
    block('desc', rule.desc),
    block('condition', rule.condition),
    block('output', rule.output),
    `  priority: ${PRIORITY[rule.rung]}`,
    `  tags: [${['firepit', `firepit_${rule.rung}`, ...rule.tags].join(', ')}]`,
    '',
  ].join('\n');

/** The text of a rules file. */
export const falcoText = (
  comments: readonly string[],
  lists: readonly FalcoList[],
  macros: readonly FalcoMacro[],
  rules: readonly FalcoRule[],
): string =>
  [
    `${comments.map((line) => (line === '' ? '#' : `# ${line}`)).join('\n')}\n`,
    `- required_engine_version: ${ENGINE_VERSION}\n`,
    `- required_plugin_versions:\n    - name: container\n      version: ${CONTAINER_PLUGIN_VERSION}\n`,
    ...lists.map(listText),
    ...macros.map(macroText),
    ...rules.map(ruleText),
  ].join('\n');
