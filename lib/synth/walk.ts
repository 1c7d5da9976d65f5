import type { Problem } from './check';
import type { Manifest } from './object';

const QUALIFIED =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MAX_PREFIX = 253;
const HALF_PAIR = /\p{Surrogate}/u;

type Path = readonly (string | number)[];

const show = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return /^[A-Za-z_$][\w$-]*$/.test(key) ? `${text}${text === '' ? '' : '.'}${key}` : `${text}["${key}"]`;
  }, '');

const isKey = (key: string): boolean =>
  QUALIFIED.test(key) && (key.includes('/') ? key.indexOf('/') <= MAX_PREFIX : true);

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

function keyProblem(kind: 'label' | 'annotation', key: string, path: Path): Problem[] {
  // Annotation keys are compared without case.
  if (isKey(kind === 'label' ? key : key.toLowerCase())) return [];
  return [
    {
      rule: 'object-label',
      path: show(path),
      problem: `'${shorten(key)}'; expected a ${kind} key: an optional DNS prefix of at most 253 characters and '/', then at most 63 of A-Z a-z 0-9 - _ .`,
      fix: 'shorten or rename the key',
    },
  ];
}

const notText = (path: Path, value: unknown): Problem => ({
  rule: 'object-value',
  path: show(path),
  problem: `${JSON.stringify(value)}; expected text`,
  fix: 'write it as a string',
});

function labelProblems(labels: unknown, path: Path): Problem[] {
  return Object.entries(labels as object).flatMap(([key, value]) => {
    const at = [...path, key];
    const problems = keyProblem('label', key, at);
    if (typeof value !== 'string') return [...problems, notText(at, value)];
    if (LABEL_VALUE.test(value)) return problems;
    return [
      ...problems,
      {
        rule: 'object-label',
        path: show(at),
        problem: `'${shorten(value)}' (${value.length} characters); expected a label value: at most 63 of A-Z a-z 0-9 - _ . starting and ending with a letter or digit`,
        fix: 'shorten it, or use an annotation',
      },
    ];
  });
}

const annotationProblems = (annotations: unknown, path: Path): Problem[] =>
  Object.entries(annotations as object).flatMap(([key, value]) => [
    ...keyProblem('annotation', key, [...path, key]),
    ...(typeof value === 'string' ? [] : [notText([...path, key], value)]),
  ]);

/** What must hold of the value of a field, wherever it stands. */
function fieldProblems(key: string | number, value: object, parent: string | number, path: Path): Problem[] {
  if (key === 'matchLabels' || (key === 'labels' && parent === 'metadata')) return labelProblems(value, path);
  if (key === 'annotations' && parent === 'metadata') return annotationProblems(value, path);
  return [];
}

const leafProblem = (value: unknown): string | undefined => {
  if (typeof value === 'string') return HALF_PAIR.test(value) ? 'half of a surrogate pair' : undefined;
  return typeof value !== 'number' || Number.isFinite(value) ? undefined : String(value);
};

/** What a walk over an object found. */
export interface Walk {
  readonly problems: readonly Problem[];
  /** Characters of all keys and texts: what an object takes as JSON is at most some 36 times that. */
  readonly weight: number;
}

class Walker {
  readonly problems: Problem[] = [];
  weight = 0;
  private readonly path: (string | number)[] = [];

  visit(value: unknown): void {
    if (typeof value === 'object' && value !== null) this.inner(value);
    else this.leaf(value);
  }

  private inner(value: object): void {
    const { path } = this;
    const key = path.at(-1);
    if (key !== undefined) this.problems.push(...fieldProblems(key, value, path.at(-2) ?? '', path));
    const isArray = Array.isArray(value);
    for (const name of Object.keys(value)) {
      path.push(isArray ? Number(name) : name);
      this.weight += name.length;
      this.visit((value as Record<string, unknown>)[name]);
      path.pop();
    }
  }

  private leaf(value: unknown): void {
    if (typeof value === 'string') this.weight += value.length;
    const problem = leafProblem(value);
    if (problem === undefined) return;
    this.problems.push({
      rule: 'object-value',
      path: show(this.path),
      problem: `${problem}; expected a value that JSON can carry`,
      fix: 'correct the value',
    });
  }
}

/** Looks at labels, annotations and values anywhere in an object, pod templates and selectors included. */
export function walk(object: Manifest): Walk {
  const walker = new Walker();
  walker.visit(object);
  return walker;
}
