import { BlockList, isIP } from 'node:net';
import { parse } from 'yaml';
import { type Condition, type Operand, parseCondition } from '../../lib/runtime/falco-grammar';

/** Fields of one synthetic event; what is not there is unknown, as for Falco. */
export type FalcoEvent = Readonly<Record<string, string | number | boolean | undefined>>;
export interface LoadedRule {
  readonly rule: string;
  readonly output: string;
  readonly priority: string;
  readonly tags: readonly string[];
  readonly condition: Condition;
}
interface Loaded {
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly macros: ReadonlyMap<string, Condition>;
  readonly rules: readonly LoadedRule[];
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the file says
type Item = any;

/** Reads a rules file. */
export function load(text: string): Loaded {
  const items = parse(text) as Item[];
  const lists = new Map<string, string[]>();
  for (const { list, items: values } of items.filter((i) => i.list !== undefined))
    lists.set(
      list,
      values.flatMap((v: string) => lists.get(v) ?? [String(v)]),
    );
  return {
    lists,
    macros: new Map(
      items.filter((i) => i.macro !== undefined).map((i) => [i.macro, parseCondition(i.condition)] as const),
    ),
    rules: items
      .filter((i) => i.rule !== undefined)
      .map(({ condition, ...rest }) => ({ ...rest, condition: parseCondition(condition) })),
  };
}

const within = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);
const inNetwork = (address: string, network: string): boolean => {
  const [base = '', mask = '32'] = network.split('/');
  const list = new BlockList();
  list.addSubnet(base, Number(mask), isIP(base) === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
};
const glob = (text: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(text);

const COMPARE: Readonly<Record<string, (value: string, other: string) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>=': (a, b) => Number(a) >= Number(b),
  '<=': (a, b) => Number(a) <= Number(b),
  '>': (a, b) => Number(a) > Number(b),
  '<': (a, b) => Number(a) < Number(b),
  contains: (a, b) => a.includes(b),
  startswith: (a, b) => a.startsWith(b),
  endswith: (a, b) => a.endsWith(b),
  glob,
  in: (a, b) => a === b,
  pmatch: within,
};

const known = (event: FalcoEvent, { field, argument }: Operand): string | undefined => {
  // The network of an address is asked about by the address.
  const name = field === 'fd.snet' ? 'fd.sip' : argument === undefined ? field : `${field}[${argument}]`;
  const value = event[name];
  return value === undefined ? undefined : String(value);
};

type Check = Extract<Condition, { kind: 'check' }>;
const checks = ({ left, operator, values, right }: Check, event: FalcoEvent, loaded: Loaded): boolean => {
  const value = known(event, left);
  if (operator === 'exists') return value !== undefined;
  const others =
    right === undefined
      ? values.flatMap(({ text, quoted }) => (quoted ? [text] : (loaded.lists.get(text) ?? [text])))
      : [known(event, right)];
  const compare = left.field === 'fd.snet' ? inNetwork : COMPARE[operator];
  if (compare === undefined) throw new Error(`the engine of the tests has no operator ${operator}`);
  return value !== undefined && others.some((other) => other !== undefined && compare(value, other));
};

/** Whether a condition is true of an event. A comparison with a field that is unknown is false, whatever it asks. */
export function holds(condition: Condition, event: FalcoEvent, loaded: Loaded): boolean {
  if (condition.kind === 'check') return checks(condition, event, loaded);
  if (condition.kind === 'not') return !holds(condition.term, event, loaded);
  if (condition.kind === 'macro') return holds(loaded.macros.get(condition.name) as Condition, event, loaded);
  return condition.terms[condition.kind === 'and' ? 'every' : 'some']((t) => holds(t, event, loaded));
}

const files = new Map<string, Loaded>();
/** The rule that reports an event: the first that matches, as Falco does by default. */
export const reported = (text: string, event: FalcoEvent): LoadedRule | undefined => {
  const loaded = files.get(text) ?? load(text);
  files.set(text, loaded);
  return loaded.rules.find(({ condition }) => holds(condition, event, loaded));
};
