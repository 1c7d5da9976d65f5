import { list, record, string, strings } from './values';

export type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

const OPERATORS = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

const read = new WeakMap<object, readonly Requirement[]>();

/** The requirements of a label selector, as Kubernetes reads it. Read once: finished objects do not change. */
function requirements(selector: unknown): readonly Requirement[] {
  if (typeof selector !== 'object' || selector === null) return [];
  const known = read.get(selector);
  if (known !== undefined) return known;
  const found = parse(selector);
  read.set(selector, found);
  return found;
}

function parse(selector: object): readonly Requirement[] {
  const labels = Object.entries(record(record(selector).matchLabels)).map(
    ([key, value]): Requirement => ({ key, operator: 'In', values: [String(value)] }),
  );
  const expressions = list(record(selector).matchExpressions).map((e): Requirement => {
    const operator = string(record(e).operator) ?? '';
    if (!OPERATORS.has(operator)) throw new Error(`'${operator}' is no operator of a label selector`);
    return {
      key: string(record(e).key) ?? '',
      operator: operator as Requirement['operator'],
      values: strings(record(e).values),
    };
  });
  return [...labels, ...expressions];
}

const holds = ({ key, operator, values }: Requirement, labels: Labels): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  return value === undefined || !values.includes(value);
};

/** Whether a label selector selects an object with these labels. An empty selector selects everything. */
export const selects = (selector: unknown, labels: Labels): boolean =>
  requirements(selector).every((requirement) => holds(requirement, labels));

/** The values that a selector demands for a label, or undefined where it leaves the label open. */
export function demanded(selector: unknown, key: string): readonly string[] | undefined {
  const sets = requirements(selector).filter((r) => r.key === key && r.operator === 'In');
  if (sets.length === 0) return undefined;
  return sets.map((r) => r.values).reduce((all, values) => all.filter((v) => values.includes(v)));
}

/** Whether a selector selects only objects with this value of a label. */
export const pins = (selector: unknown, key: string, value: string): boolean =>
  demanded(selector, key)?.every((v) => v === value) ?? false;

/** Values that a selector compares a label with: the ones a test of that label must try. */
export const mentioned = (selector: unknown, key: string): readonly string[] =>
  requirements(selector)
    .filter((r) => r.key === key)
    .flatMap((r) => r.values);
