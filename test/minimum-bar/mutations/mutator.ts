import type { Manifest } from '../../../lib/minimum-bar';
import { type Edit, edited } from './edits';
import { type Embedded, embedded, looserStatements } from './embedded';
import { insertsAt } from './inserts';
import { changedAt, isRecord, type Json, nodes, type Path, renamedAt, written } from './tree';
import { type Change, changes } from './values';
import { doubles } from './whole';

/** One change of one place of the finished objects. */
export interface Mutation {
  /** `Deployment ns/name` */
  readonly object: string;
  readonly kind: string;
  /** `spec.replicas`; inside embedded documents `data['a.json'] > limits.bodyBytes`. */
  readonly path: string;
  readonly op: string;
  /** What stood there, and what stands there afterwards, shortened. */
  readonly from: string;
  readonly to: string;
  /** Where it changes one object; none where it adds or removes one. */
  readonly edit?: Edit;
  readonly objects: () => readonly Manifest[];
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
};

export const objectId = ({ kind, metadata }: Manifest): string =>
  metadata.namespace === undefined ? `${kind} ${metadata.name}` : `${kind} ${metadata.namespace}/${metadata.name}`;

/** Maps whose keys select or are selected. */
const LABEL_MAPS = new Set(['labels', 'matchLabels', 'selector', 'annotations', 'data', 'resources', 'hard']);

/** Names that exist, by what they name: a string that is one of them is pointed at another. */
const vocabularies = (objects: readonly Manifest[]): ((text: string) => readonly string[]) => {
  const names = new Map<string, string[]>();
  for (const { kind, metadata } of objects) {
    const set = `${kind} ${metadata.namespace ?? ''}`;
    names.set(set, [...(names.get(set) ?? []), metadata.name ?? '']);
  }
  const namespaces = objects.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? [metadata.name ?? ''] : []));
  const sets = [...names.values(), [...namespaces, 'kube-system', 'default']];
  const hosts = namespaces.flatMap((ns) => ['gateway', 'governor', 'approvals'].map((part) => `${part}.${ns}.svc`));
  const all = [...sets, hosts, ['agents', 'control']];
  return (text) => {
    const found = all.filter((set) => set.includes(text)).flatMap((set) => set.filter((other) => other !== text));
    return [...new Set(found)].slice(0, 2);
  };
};

type Found = Pick<Mutation, 'op' | 'from' | 'to'> & { readonly at: Path; readonly change: (tree: Json) => Json };

/** Every mutation of one tree. */
function* mutate(tree: Json, kind: string, known: Known): Generator<Found> {
  for (const { path, value } of nodes(tree)) {
    if (path.length > 0) {
      for (const change of changes(value, path, known)) yield made(path, value, change);
      const last = path.at(-1);
      if (typeof last === 'string' && LABEL_MAPS.has(String(path.at(-2)))) {
        const to = `${last}-x`;
        yield { at: path, op: 're-key', from: last, to, change: (t) => renamedAt(t, path, to) };
      }
    }
    for (const { field, value: to } of insertsAt(kind, path, value)) {
      const at = [...path, field];
      yield { at, op: 'insert', from: '', to: shown(to), change: (t) => changedAt(t, at, to) };
    }
  }
}

const made = (at: Path, value: Json, { op, to }: Change): Found => ({
  at,
  op,
  from: shown(value),
  to: to === undefined ? '' : shown(to),
  change: (tree) => changedAt(tree, at, to),
});

/** Cedar statements are text with a grammar: they are loosened, not respelled. */
function* statements(tree: readonly Json[]): Generator<Found> {
  for (const [index, statement] of tree.entries()) {
    const at = [index];
    const from = shown(statement);
    yield { at, op: 'delete', from, to: '', change: (t) => changedAt(t, at, undefined) };
    for (const looser of looserStatements(String(statement)))
      yield { at, op: 'loosen', from, to: shown(looser), change: (t) => changedAt(t, at, looser) };
  }
  const permit = 'permit (principal, action, resource)';
  yield { at: [], op: 'grow', from: '', to: permit, change: (t) => [...(t as Json[]), permit] };
}

const inside = (key: string, { tree }: Embedded, known: Known): Iterable<Found> =>
  key.endsWith('.cedar') ? statements(tree as readonly Json[]) : mutate(tree, '', known);

type Known = (text: string) => readonly string[];

/** The object gone, and doubled. */
function* ofWhole(objects: readonly Manifest[], index: number): Generator<Mutation> {
  const object = objects[index] as Manifest;
  const common = { object: objectId(object), kind: object.kind, path: '', from: '', to: '' };
  yield { ...common, op: 'delete object', objects: () => objects.toSpliced(index, 1) };
  for (const { op, object: twin } of doubles(object)) yield { ...common, op, objects: () => [...objects, twin] };
}

const ofEdit = (objects: readonly Manifest[], found: Found, edit: Edit, prefix: string): Mutation => {
  const { kind } = objects[edit.index] as Manifest;
  return {
    object: objectId(objects[edit.index] as Manifest),
    kind,
    path: `${prefix}${written(found.at)}`,
    op: found.op,
    from: found.from,
    to: found.to,
    edit,
    objects: () => edited(objects, [edit]),
  };
};

/** Documents inside a ConfigMap. */
function* ofDocuments(objects: readonly Manifest[], index: number, known: Known): Generator<Mutation> {
  const object = objects[index] as Manifest;
  if (object.kind !== 'ConfigMap' || !isRecord(object.data)) return;
  for (const [key, text] of Object.entries(object.data)) {
    const document = embedded(key, String(text));
    if (document === undefined) continue;
    for (const found of inside(key, document, known))
      yield ofEdit(objects, found, { index, key, path: found.at, change: found.change }, `data['${key}'] > `);
  }
}

/**
 * Every mutation of finished objects, in a fixed order: each path deleted, widened, relabelled, pointed elsewhere;
 * fields inserted; whole objects deleted and doubled; documents inside ConfigMaps changed with their names kept true.
 */
export function* mutations(objects: readonly Manifest[]): Generator<Mutation> {
  const known = vocabularies(objects);
  for (const [index, object] of objects.entries()) {
    yield* ofWhole(objects, index);
    for (const found of mutate(object as unknown as Json, object.kind, known))
      yield ofEdit(objects, found, { index, path: found.at, change: found.change }, '');
    yield* ofDocuments(objects, index, known);
  }
}
