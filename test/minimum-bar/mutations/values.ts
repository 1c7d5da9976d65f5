import { isRecord, type Json, type Path } from './tree';

/** One way to change the value at a path. `undefined` removes it. */
export interface Change {
  readonly op: string;
  readonly to: Json | undefined;
}

/** Values that decide, and the twin that lets more through. */
const TWINS: Readonly<Record<string, readonly string[]>> = {
  Fail: ['Ignore'],
  Deny: ['Audit', 'Warn', 'Allow'],
  DENY: ['ALLOW'],
  ALLOW: ['DENY', 'LOG'],
  restricted: ['privileged', 'baseline'],
  ClusterIP: ['LoadBalancer', 'NodePort', 'ExternalName'],
  enforce: ['observe', 'off'],
  block: ['allow', 'redact'],
  redact: ['allow'],
  RuntimeDefault: ['Unconfined'],
  ALL: ['NET_RAW'],
  None: ['ClusterFirst', 'Default'],
  ClusterFirst: ['Default'],
  DoesNotExist: ['Exists'],
  Exists: ['DoesNotExist'],
  In: ['NotIn'],
  SEND: ['SKIP'],
  STREAMED: ['NONE'],
  FULL_DUPLEX_STREAMED: ['NONE'],
  SANITIZE: ['FORWARD_ONLY'],
  SANITIZE_SET: ['ALWAYS_FORWARD_ONLY'],
  APPEND_FORWARD: ['FORWARD_ONLY'],
  REJECT_REQUEST: ['KEEP_UNCHANGED'],
  RETAIN: ['CLEAR'],
  TLSv1_3: ['TLSv1_0'],
  TLSv1_2: ['TLSv1_0'],
  passthrough: ['edge', 'reencrypt'],
  Role: ['ClusterRole'],
  ClusterRole: ['Role'],
  Issuer: ['ClusterIssuer'],
  ServiceAccount: ['Group', 'User'],
  Always: ['Never', 'OnFailure'],
  IfNotPresent: ['Always', 'Never'],
  destructive: ['read'],
  write: ['read'],
  external: ['internal'],
  sensitive: ['untrusted'],
  CRITICAL: ['DEBUG'],
  ERROR: ['DEBUG'],
  CREATE: ['DELETE', 'CONNECT'],
  UPDATE: ['DELETE'],
  CONNECT: ['CREATE'],
  TCP: ['UDP', 'SCTP'],
  UDP: ['TCP'],
  Ingress: ['Egress'],
  Egress: ['Ingress'],
  Equivalent: ['Exact'],
  Admin: ['Baseline'],
  RequestResponse: ['None'],
  Metadata: ['None'],
  AlwaysAllow: ['IfHealthyBudget'],
  Retain: ['Delete'],
  Memory: [''],
  Opaque: ['kubernetes.io/service-account-token'],
  operation: ['when'],
  GET: ['POST'],
  POST: ['DELETE'],
};

const CIDR = /^[0-9a-f.:]+\/\d+$/i;
const IP4 = /^\d+\.\d+\.\d+\.\d+$/;
const DURATION = /^\d+(\.\d+)?(ms|s|m|h|d)$/;
const QUANTITY = /^\d+(m|Ki|Mi|Gi|Ti)?$/;
const IMAGE = /^[^\s]+@sha256:[0-9a-f]{64}$/;
const EXPRESSIONS = new Set(['expression', 'messageExpression']);

/** Parts of `a && b && c` that stand at the top of an expression: outside brackets and quotes. */
export const conjuncts = (expression: string): string[] => {
  const parts = [''];
  let depth = 0;
  for (const [token] of expression.matchAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"| && |[\s\S]/g)) {
    if ('([{'.includes(token)) depth += 1;
    if (')]}'.includes(token)) depth -= 1;
    if (token === ' && ' && depth === 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
};

/** Strings that an expression compares with. */
const literalsOf = (text: string): Set<string> =>
  new Set([...text.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map((m) => m[1] as string).filter((l) => /^[^\\]{3,60}$/.test(l)));

/** What an expression can be changed to so that it says less. A top-level `||` makes parts meaningless. */
function* looserExpressions(text: string): Generator<Change> {
  yield { op: 'always', to: 'true' };
  yield { op: 'broken', to: `${text} +` };
  if (text !== 'true') yield { op: 'or-true', to: `(${text}) || true` };
  const parts = conjuncts(text);
  if (parts.length > 1 && !/\|\|/.test(text.replace(/\([^()]*\)/g, '')))
    for (const [index] of parts.entries()) yield { op: 'drop-conjunct', to: parts.toSpliced(index, 1).join(' && ') };
  for (const [from, to] of [
    [' == ', ' != '],
    [' && ', ' || '],
    ['.all(', '.exists('],
    ['!has(', 'has('],
    ['<=', '>='],
  ] as const)
    if (text.includes(from)) yield { op: 'flip-operator', to: text.replace(from, to) };
  for (const literal of literalsOf(text))
    yield { op: 'other-literal', to: text.replaceAll(`'${literal}'`, `'${literal}-x'`) };
}

const scaled = (text: string): Change[] => {
  const unit = text.replace(/^[\d.]+/, '');
  const number = Number.parseFloat(text);
  return [
    { op: 'zero', to: `0${unit}` },
    { op: 'thousandfold', to: `${number * 1000}${unit}` },
  ];
};

/** What a string of a known form can become. @returns nothing when it has no such form */
const formed = (text: string): Change[] => {
  if (CIDR.test(text)) return [{ op: 'widen', to: text.includes(':') ? '::/0' : '0.0.0.0/0' }];
  if (IP4.test(text)) return [{ op: 'widen', to: text === '0.0.0.0' ? '10.0.0.1' : '0.0.0.0' }];
  if (DURATION.test(text) || QUANTITY.test(text)) return scaled(text);
  if (!IMAGE.test(text)) return [];
  return [
    { op: 'by-tag', to: `${text.split('@')[0]}:latest` },
    { op: 'other-digest', to: `${text.slice(0, -4)}f00d` },
    { op: 'other-image', to: `registry.example.net/${text.split('/').at(-1)}` },
  ];
};

function* strings(text: string, path: Path, known: (text: string) => readonly string[]): Generator<Change> {
  if (EXPRESSIONS.has(String(path.at(-1)))) {
    yield* looserExpressions(text);
    return;
  }
  for (const twin of TWINS[text] ?? []) yield { op: 'twin', to: twin };
  const forms = formed(text);
  yield* forms.length > 0 ? forms : [{ op: 'other', to: `${text}-x` }];
  if (text !== '') yield { op: 'empty', to: '' };
  if (/^[a-z0-9.*-]+\.[a-z]{2,}$/.test(text)) yield { op: 'widen', to: '*' };
  for (const other of known(text)) yield { op: 're-point', to: other };
}

const PORTS = [8080, 8443, 9443, 50051, 9901] as const;

function* numbers(value: number, path: Path): Generator<Change> {
  if (value !== 0) yield { op: 'zero', to: 0 };
  yield { op: 'thousandfold', to: value === 0 ? 1000 : value * 1000 };
  if (value > 1) yield { op: 'one', to: 1 };
  if (/port/i.test(String(path.findLast((step) => typeof step === 'string'))))
    yield { op: 're-point', to: PORTS.find((port) => port !== value) as number };
}

/** A copy of a value that says something else as well. */
const otherwise = (value: Json): Json => {
  if (typeof value === 'string') return CIDR.test(value) ? '0.0.0.0/0' : `${value}-x`;
  if (typeof value === 'number') return value + 1;
  if (Array.isArray(value)) return value.map(otherwise);
  if (!isRecord(value)) return value;
  const [first, ...rest] = Object.entries(value);
  return first === undefined ? value : Object.fromEntries([[first[0], otherwise(first[1])], ...rest]);
};

function* lists(value: readonly Json[]): Generator<Change> {
  if (value.length === 0) return;
  const last = value.at(-1) as Json;
  yield { op: 'empty', to: [] };
  yield { op: 'double', to: [...value, last] };
  yield { op: 'grow', to: [...value, otherwise(last)] };
  if (value.length > 1) yield { op: 'reverse', to: [...value].reverse() };
  if (value.every((item) => typeof item === 'string' && item !== '*')) yield { op: 'wildcard', to: [...value, '*'] };
}

/** Every change of one value, the removal first. */
export function* changes(value: Json, path: Path, known: (text: string) => readonly string[]): Generator<Change> {
  yield { op: 'delete', to: undefined };
  if (typeof value === 'string') yield* strings(value, path, known);
  else if (typeof value === 'number') yield* numbers(value, path);
  else if (typeof value === 'boolean') yield { op: 'flip', to: !value };
  else if (Array.isArray(value)) yield* lists(value);
  else if (isRecord(value) && Object.keys(value).length > 0) yield { op: 'empty', to: {} };
}
