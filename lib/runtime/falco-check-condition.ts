import { isIP } from 'node:net';
import { parseCidr } from '../declaration/cidr';
import { didYouMean } from '../text';
import { EVENTS, type Field, type FieldType, fieldNames, fieldOf } from './falco-fields';
import { type Condition, NEWER, type Operand, type Value } from './falco-grammar';

/** What a condition may refer to, as defined so far in its file. */
export interface Known {
  readonly lists: ReadonlyMap<string, readonly Value[]>;
  readonly macros: ReadonlyMap<string, Facts>;
}
/** What a condition means to what refers to it. */
export interface Facts {
  /** The system calls it can be true for; undefined: any. */
  readonly events: ReadonlySet<string> | undefined;
  readonly usesPlugin: boolean;
  readonly usesNewer: boolean;
}
type Check = Extract<Condition, { kind: 'check' }>;
type Report = (message: string) => void;

const STRING_ONLY = new Set([
  'contains',
  'icontains',
  'bcontains',
  'startswith',
  'bstartswith',
  'endswith',
  'glob',
  'iglob',
  'regex',
  'intersects',
  'pmatch',
]);
const ORDER = new Set(['<', '<=', '>', '>=']);
const EQUAL = new Set(['=', '==', '!=', 'in', 'exists']);

const allowed = (operator: string, type: FieldType): boolean => {
  if (EQUAL.has(operator)) return true;
  if (ORDER.has(operator)) return type === 'number' || type === 'port' || type === 'dynamic';
  return STRING_ONLY.has(operator) && (type === 'string' || type === 'dynamic');
};

const FITS: Readonly<Record<FieldType, (text: string) => boolean>> = {
  string: () => true,
  dynamic: () => true,
  number: (text) => /^[+-]?\d+(\.\d+)?$|^0[xX][\da-fA-F]+$/.test(text),
  port: (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65535,
  boolean: (text) => text === 'true' || text === 'false',
  address: (text) => isIP(text) > 0,
  network: (text) => isIP(text) > 0 || parseCidr(text) !== undefined,
};

const LENGTH = 'len';
const typeOf = (field: Field, { transformers }: Operand): FieldType =>
  transformers[0] === LENGTH ? 'number' : field.type;

/** Checks that a field exists and has the argument it needs. */
export const checkField = (
  { field: name, argument }: Omit<Operand, 'transformers'>,
  report: Report,
): Field | undefined => {
  if (name === 'evt.dir') report('evt.dir: events have no direction any more; leave it out');
  const field = fieldOf(name);
  if (field === undefined) {
    if (name !== 'evt.dir') report(`unknown field ${name}; ${didYouMean(name, fieldNames()) ?? 'see falco --list'}`);
    return undefined;
  }
  if (field.argument === 'must' && argument === undefined) report(`${name} needs an argument: ${name}[…]`);
  if (field.argument === 'none' && argument !== undefined) report(`${name} takes no argument`);
  return field;
};

const operand = (side: Operand, report: Report): { field: Field; type: FieldType } | undefined => {
  const field = checkField(side, report);
  if (field === undefined) return undefined;
  for (const transformer of side.transformers)
    if (field.type !== 'string' && field.type !== 'dynamic')
      report(`${transformer}() works on text; ${side.field} is a ${field.type}`);
  return { field, type: typeOf(field, side) };
};

/** Values with lists replaced by what is in them. */
const expand = (values: readonly Value[], known: Known): readonly Value[] =>
  values.flatMap((value) => (value.quoted ? [value] : (known.lists.get(value.text) ?? [value])));

const values = (check: Check, type: FieldType, known: Known, report: Report): void => {
  for (const { text } of expand(check.values, known)) {
    if (!FITS[type](text)) report(`${check.left.field} is compared with '${text}', which is no ${type}`);
    if (isEventType(check) && !EVENTS.has(text))
      report(`unknown event '${text}'; ${didYouMean(text, EVENTS) ?? 'see falco --list-events'}`);
  }
  if (check.operator === 'in' && check.values.length === 0) report(`${check.left.field} in () is never true`);
};

const isEventType = ({ left }: Check): boolean => left.field === 'evt.type' || left.field === 'syscall.type';

const checkFacts = (check: Check, known: Known, report: Report): Facts => {
  const left = operand(check.left, report);
  const right = check.right === undefined ? undefined : operand(check.right, report);
  if (left !== undefined && !allowed(check.operator, left.type))
    report(`${check.operator} does not work on ${check.left.field}, which is a ${left.type}`);
  if (left !== undefined && right !== undefined && left.type !== right.type)
    report(`${check.left.field} is a ${left.type}, ${check.right?.field} a ${right.type}`);
  if (left !== undefined) values(check, left.type, known, report);
  const selects = isEventType(check) && ['=', '==', 'in'].includes(check.operator) && check.right === undefined;
  const words = [check.modifier ?? '', ...check.left.transformers, ...(check.right?.transformers ?? [])];
  return {
    events: selects ? new Set(expand(check.values, known).map(({ text }) => text)) : undefined,
    usesPlugin: left?.field.plugin === true || right?.field.plugin === true,
    usesNewer: words.some((word) => NEWER.has(word)),
  };
};

const both = (a: Facts['events'], b: Facts['events']): Facts['events'] => {
  if (a === undefined || b === undefined) return a ?? b;
  return new Set([...a].filter((event) => b.has(event)));
};
const either = (a: Facts['events'], b: Facts['events']): Facts['events'] =>
  a === undefined || b === undefined ? undefined : new Set([...a, ...b]);

/** Checks fields, values and references of a condition, and tells what it needs. */
export function checkCondition(condition: Condition, known: Known, report: Report): Facts {
  if (condition.kind === 'check') return checkFacts(condition, known, report);
  if (condition.kind === 'macro') {
    const macro = known.macros.get(condition.name);
    if (macro === undefined) report(`no macro '${condition.name}' is defined before this`);
    return macro ?? { events: new Set(), usesPlugin: false, usesNewer: false };
  }
  if (condition.kind === 'not') {
    const inner = checkCondition(condition.term, known, report);
    return { ...inner, events: undefined };
  }
  const facts = condition.terms.map((term) => checkCondition(term, known, report));
  const join = condition.kind === 'and' ? both : either;
  return facts.reduce((a, b) => ({
    events: join(a.events, b.events),
    usesPlugin: a.usesPlugin || b.usesPlugin,
    usesNewer: a.usesNewer || b.usesNewer,
  }));
}
