import type { Manifest } from '../../../lib/minimum-bar';
import { type Embedded, embedded, renamed } from './embedded';
import type { Json, Path } from './tree';

/** A change at one place of one object, or of a document inside it. */
export interface Edit {
  /** Which object. */
  readonly index: number;
  /** Which document of a ConfigMap. @default - the object itself */
  readonly key?: string;
  readonly path: Path;
  readonly change: (tree: Json) => Json;
}

/** Whether two edits can be made side by side: neither stands above the other. */
export const apart = (a: Edit, b: Edit): boolean =>
  a.index !== b.index ||
  (a.key === undefined) !== (b.key === undefined) ||
  a.key !== b.key ||
  a.path.slice(0, b.path.length).some((step, i) => step !== b.path[i]);

/** Later places first, so that what is removed moves nothing that is still to be changed. */
const backwards = (a: Edit, b: Edit): number => {
  for (const [i, step] of a.path.entries()) {
    const other = b.path[i];
    if (other === undefined || step === other) continue;
    return typeof step === 'number' && typeof other === 'number' ? other - step : 0;
  }
  return 0;
};

const documents = new WeakMap<Manifest, Map<string, Embedded>>();
const documentOf = (map: Manifest, key: string, text: string): Embedded => {
  const known = documents.get(map) ?? new Map<string, Embedded>();
  documents.set(map, known);
  const document = known.get(key) ?? (embedded(key, text) as Embedded);
  known.set(key, document);
  return document;
};

const applied = (tree: Json, edits: readonly Edit[]): Json =>
  edits.toSorted(backwards).reduce((at, { change }) => change(at), tree);

type WithData = Manifest & { readonly data: Readonly<Record<string, string>> };

/** A ConfigMap with its documents changed, under the name that its new content gives it. */
const withDocuments = (map: WithData, edits: readonly Edit[]): WithData => {
  const data = { ...map.data };
  for (const key of new Set(edits.map((edit) => edit.key ?? ''))) {
    const { tree, write } = documentOf(map, key, map.data[key] ?? '');
    data[key] = write(
      applied(
        tree,
        edits.filter((edit) => edit.key === key),
      ),
    );
  }
  return { ...map, metadata: { ...map.metadata, name: renamed(map.metadata.name ?? '', data) }, data };
};

const texts = new WeakMap<Manifest, string>();
const textOf = (object: Manifest): string => {
  const known = texts.get(object) ?? JSON.stringify(object);
  texts.set(object, known);
  return known;
};

/** The objects with all edits made. Whoever changes a ConfigMap named by its digest points everything at the new name. */
export const edited = (objects: readonly Manifest[], edits: readonly Edit[]): readonly Manifest[] => {
  const next = [...objects];
  const names: [from: string, to: string][] = [];
  for (const index of new Set(edits.map((edit) => edit.index))) {
    const old = objects[index] as Manifest;
    const own = edits.filter((edit) => edit.index === index);
    const inside = own.filter((edit) => edit.key !== undefined);
    const map = inside.length === 0 ? old : withDocuments(old as WithData, inside);
    if (map.metadata.name !== old.metadata.name) names.push([old.metadata.name ?? '', map.metadata.name ?? '']);
    next[index] = applied(
      map as unknown as Json,
      own.filter((edit) => edit.key === undefined),
    ) as unknown as Manifest;
  }
  return names.length === 0 ? next : next.map((object) => pointed(object, names));
};

const pointed = (object: Manifest, names: readonly (readonly [from: string, to: string])[]): Manifest => {
  if (object.kind === 'ConfigMap') return object;
  const text = textOf(object);
  const meant = names.filter(([from]) => text.includes(from));
  if (meant.length === 0) return object;
  return JSON.parse(meant.reduce((t, [from, to]) => t.replaceAll(from, to), text)) as Manifest;
};
