import { at, type Hole, metadata, nameOf, type Obj, obj, str, title } from './plain';

/** Kinds whose second object tells people more, and runs nothing. */
const TELLING = /^(PodMonitor|PrometheusRule)$/;
/** Kinds whose metadata somebody acts upon: a platform that schedules, an operator that labels pods. */
const READ = /^(Namespace|Falco)$/;

/** All that a cluster acts upon of an object, in one order of keys. */
const acted = (object: Obj): string => {
  const { labels: _labels, annotations: _annotations, ...rest } = metadata(object);
  const kept = READ.test(str(object.kind)) ? { ...metadata(object), annotations: undefined } : rest;
  const annotations = object.kind === 'Namespace' ? at(object, 'metadata', 'annotations') : undefined;
  return JSON.stringify({ ...object, metadata: kept, annotations }, (_key, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(obj(value)).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
};

/**
 * Judges the objects of a foundation by those that were made of it: whatever a cluster acts upon, and that is not as it
 * was, is a hole. It asks for no reason, so none may excuse it.
 */
export class FoundationOracle {
  private readonly made: ReadonlyMap<string, string>;

  constructor(reference: readonly Obj[]) {
    this.made = new Map(reference.map((object) => [title(object), acted(object)]));
  }

  holes(objects: readonly Obj[]): readonly Hole[] {
    const found = new Map(objects.map((object) => [title(object), acted(object)]));
    const area = 'foundation';
    const gone = [...this.made.keys()].filter((name) => !found.has(name));
    const changed = objects.filter((object) => {
      const before = this.made.get(title(object));
      return before === undefined ? !TELLING.test(str(object.kind)) : before !== acted(object);
    });
    return [
      ...gone.map((name) => ({ area, what: `${name} is gone` })),
      ...changed.map((object) => ({ area, what: `${str(object.kind)} ${nameOf(object)} is not what was made` })),
    ];
  }
}
