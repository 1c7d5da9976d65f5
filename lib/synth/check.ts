import { factsOf } from './kinds';
import { describe, groupOf, type Manifest } from './object';
import { pathOf } from './order';
import { walk } from './walk';

/** One thing about an object that the API server would refuse, in the shape of the bar's findings. */
export interface ObjectFinding {
  readonly rule: string;
  readonly layer: 'objects';
  /** `Deployment support-desk-dev/triage`. */
  readonly object: string;
  /** Where in the object: `metadata.labels`. */
  readonly path: string;
  readonly problem: string;
  readonly why: string;
  readonly fix: string;
}

/** A problem, before it is attached to its object. */
export type Problem = Pick<ObjectFinding, 'rule' | 'path' | 'problem' | 'fix'>;

const KIB = 1024;
/** Characters up to which no limit can be reached, whatever they take as JSON. */
const LIGHT = 40 * KIB;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** Names of RBAC objects: a segment of a URL's path. */
const SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;

interface NameRule {
  readonly pattern: RegExp;
  readonly max: number;
  readonly says: string;
}
const subdomain = (max: number): NameRule => ({ pattern: SUBDOMAIN, max, says: 'a DNS-1123 subdomain' });
const NAME_RULES: Readonly<Record<string, NameRule>> = {
  'Namespace/': { pattern: LABEL_1123, max: 63, says: 'a DNS-1123 label' },
  'Service/': { pattern: LABEL_1035, max: 63, says: 'a DNS-1035 label (it starts with a letter)' },
  // Controllers append to these, and the result must still fit a label value.
  'StatefulSet/apps': subdomain(52),
  'CronJob/batch': subdomain(52),
  'Job/batch': subdomain(63),
};
const RBAC: NameRule = { pattern: SEGMENT, max: 253, says: "free of '/' and '%'" };
const ANY = subdomain(253);

const nameRule = (object: Manifest): NameRule => {
  const group = groupOf(object);
  return NAME_RULES[`${object.kind}/${group}`] ?? (group === 'rbac.authorization.k8s.io' ? RBAC : ANY);
};

function nameProblems(object: Manifest): Problem[] {
  const { name, namespace } = object.metadata;
  const { pattern, max, says } = nameRule(object);
  const problems: Problem[] = [];
  if (!pattern.test(name) || name.length > max)
    problems.push({
      rule: 'object-name',
      path: 'metadata.name',
      problem: `'${name}' (${name.length} characters); expected ${says}, at most ${max} characters`,
      fix: 'shorten or rename it',
    });
  if (namespace !== undefined && !(LABEL_1123.test(namespace) && namespace.length <= 63))
    problems.push({
      rule: 'object-name',
      path: 'metadata.namespace',
      problem: `'${namespace}'; expected a DNS-1123 label, at most 63 characters`,
      fix: 'write the name of a namespace',
    });
  return problems;
}

function scopeProblems(object: Manifest): Problem[] {
  const facts = factsOf(object);
  const { namespace } = object.metadata;
  if (facts === undefined || facts.namespaced === (namespace !== undefined)) return [];
  return facts.namespaced
    ? [
        {
          rule: 'object-scope',
          path: 'metadata.namespace',
          problem: `no namespace; a ${object.kind} lives in one`,
          fix: 'set metadata.namespace: without it the object lands wherever the reader happens to be',
        },
      ]
    : [
        {
          rule: 'object-scope',
          path: 'metadata.namespace',
          problem: `namespace '${namespace}'; a ${object.kind} is cluster-scoped`,
          fix: "remove metadata.namespace (a chart's own namespace is added to every object in it)",
        },
      ];
}

const holdsData = (object: Manifest): boolean =>
  groupOf(object) === '' && (object.kind === 'ConfigMap' || object.kind === 'Secret');

const bytes = (record: unknown, keys: boolean): number =>
  Object.entries((record ?? {}) as Record<string, unknown>).reduce(
    (sum, [key, value]) => sum + (keys ? Buffer.byteLength(key) : 0) + Buffer.byteLength(String(value)),
    0,
  );

function sizeProblems(object: Manifest, weight: number): Problem[] {
  // Most objects are far from any limit, and weighing them exactly costs.
  if (weight < LIGHT) return [];
  const sizes: [path: string, size: number, max: number][] = [
    ['metadata.annotations', bytes(object.metadata.annotations, true), 256 * KIB],
    holdsData(object)
      ? ['data', bytes(object.data, false) + bytes(object.binaryData, false), 1024 * KIB]
      : ['', Buffer.byteLength(JSON.stringify(object)), 1536 * KIB],
  ];
  return sizes
    .filter(([, size, max]) => size > max)
    .map(([path, size, max]) => ({
      rule: 'object-size',
      path,
      problem: `${Math.ceil(size / KIB)} KiB; expected at most ${max / KIB} KiB`,
      fix: 'split it: the API server stores no more. What it says of agents, tools and operations becomes smaller by two environments, each with part of the agents and the tools they use',
    }));
}

/** Longest expression that the API server parses (cel-go, ExpressionSizeCodePointLimit). */
const EXPRESSION = 100_000;

/** Expressions of an admission policy that nobody would parse. */
function expressionProblems(object: Manifest, weight: number): Problem[] {
  if (weight < LIGHT || groupOf(object) !== 'admissionregistration.k8s.io') return [];
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  return ['variables', 'validations', 'matchConditions'].flatMap((field) =>
    ((spec[field] ?? []) as readonly { readonly expression?: unknown }[]).flatMap(({ expression }, i) =>
      typeof expression === 'string' && expression.length > EXPRESSION
        ? [
            {
              rule: 'object-size',
              path: `spec.${field}[${i}].expression`,
              problem: `${expression.length} characters; expected at most ${EXPRESSION}`,
              fix: 'declare two environments, each with part of the agents',
            },
          ]
        : [],
    ),
  );
}

/** Keys and values of a ConfigMap or Secret. */
function dataProblems(object: Manifest): Problem[] {
  if (!holdsData(object)) return [];
  return Object.entries((object.data ?? {}) as Record<string, unknown>).flatMap(([key, value]) => {
    const at = { rule: 'object-value', path: `data["${key}"]` };
    const problems: Problem[] = [];
    if (!/^(?!\.{1,2}$)[-._a-zA-Z0-9]{1,253}$/.test(key))
      problems.push({ ...at, problem: `key '${key}'; expected A-Z a-z 0-9 - _ .`, fix: 'rename the key' });
    if (typeof value !== 'string')
      problems.push({ ...at, problem: `${JSON.stringify(value)}; expected text`, fix: 'write it as a string' });
    return problems;
  });
}

/** What is wrong with the parts that every object has. Empty: it can be judged further. */
function shapeProblems(object: Partial<Manifest>): Problem[] {
  const metadata = object.metadata as Record<string, unknown> | undefined;
  const fields: [path: string, value: unknown, required: boolean][] = [
    ['apiVersion', object.apiVersion, true],
    ['kind', object.kind, true],
    ['metadata.name', metadata?.name, true],
    ['metadata.namespace', metadata?.namespace, false],
  ];
  return fields
    .filter(([, value, required]) => (value === undefined ? required : typeof value !== 'string' || value === ''))
    .map(([path, value]) => ({
      rule: 'object-shape',
      path,
      problem: `${JSON.stringify(value) ?? 'nothing'}; expected text`,
      fix: `set ${path}`,
    }));
}

const WHY: Readonly<Record<string, string>> = {
  'object-duplicate': 'of two objects of one name, the one applied last wins, whatever the bar said of the other',
  'object-shape': 'the API server refuses it, and the environment would be applied in part',
  'object-name': 'the API server refuses it, and the environment would be applied in part',
  'object-label': 'the API server refuses it, and the environment would be applied in part',
  'object-value': 'the API server refuses it, and the environment would be applied in part',
  'object-scope': 'an object in the wrong scope governs something else, or nothing',
  'object-size': 'the API server refuses it, and the environment would be applied in part',
};

const complete = (problem: Problem, object: string): ObjectFinding => ({
  rule: problem.rule,
  layer: 'objects',
  object,
  path: problem.path,
  problem: problem.problem,
  why: WHY[problem.rule] ?? '',
  fix: problem.fix,
});

const nameOf = (object: Partial<Manifest>): string =>
  `${object.kind ?? '(no kind)'} ${object.metadata?.name ?? '(no name)'}`;

/** Whether an object has the parts by which it is told apart. */
export const hasShape = (object: Manifest): boolean => shapeProblems(object).length === 0;

/** Everything about a set of finished objects that no API server would take. */
export function checkObjects(objects: readonly Manifest[]): ObjectFinding[] {
  const findings: ObjectFinding[] = [];
  const seen = new Set<string>();
  for (const object of objects) {
    const shape = shapeProblems(object);
    if (shape.length > 0) {
      findings.push(...shape.map((problem) => complete(problem, nameOf(object))));
      continue;
    }
    const { problems: inside, weight } = walk(object);
    const problems = [
      ...nameProblems(object),
      ...scopeProblems(object),
      ...inside,
      ...dataProblems(object),
      ...sizeProblems(object, weight),
      ...expressionProblems(object, weight),
    ];
    // The path stands for group, kind, namespace and name, as the API server tells objects apart.
    const path = pathOf(object);
    if (seen.has(path))
      problems.push({
        rule: 'object-duplicate',
        path: 'metadata.name',
        problem: 'another object of this kind, namespace and name exists',
        fix: 'rename or remove one of them',
      });
    seen.add(path);
    findings.push(...problems.map((problem) => complete(problem, describe(object))));
  }
  return findings;
}
