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

function leafProblems(value: unknown, path: Path): Problem[] {
  const fine = typeof value === 'string' ? !HALF_PAIR.test(value) : typeof value !== 'number' || Number.isFinite(value);
  if (fine) return [];
  return [
    {
      rule: 'object-value',
      path: show(path),
      problem: `${typeof value === 'string' ? 'half of a surrogate pair' : String(value)}; expected a value that JSON can carry`,
      fix: 'correct the value',
    },
  ];
}

function visit(value: unknown, path: (string | number)[], problems: Problem[]): void {
  if (typeof value !== 'object' || value === null) {
    problems.push(...leafProblems(value, path));
    return;
  }
  const key = path.at(-1);
  if (key !== undefined) problems.push(...fieldProblems(key, value, path.at(-2) ?? '', path));
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [inner, item] of entries) {
    path.push(inner);
    visit(item, path, problems);
    path.pop();
  }
}

/** Problems of labels, annotations and values anywhere in an object, pod templates and selectors included. */
export function walkProblems(object: Manifest): Problem[] {
  const problems: Problem[] = [];
  visit(object, [], problems);
  return problems;
}
