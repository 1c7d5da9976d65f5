import type { Mutation } from './mutator';

/** Parts of the control plane and the agent: beside one another they are built alike. */
const PARTS = /\b(gateway|governor|approvals|warden|ledger|postgres|triage)\b/g;
/** Objects that are each a control of their own. */
const CONTROLS = /^(Validating|Mutating)AdmissionPolicy(Binding)?$|^ImageValidatingPolicy$/;

/** Whether what a mutation changes is a control, and not what every object has: its metadata. */
export const isControl = (kind: string, place: string): boolean =>
  CONTROLS.test(kind) && !/^(metadata|kind|apiVersion)/.test(place);

const plain = (text: string): string => text.replace(/-[0-9a-f]{10}\b/g, '').replace(PARTS, 'part');

/**
 * What two mutations share when one of them says it all: the same kind of object in the same namespace, the same place
 * whatever its number in a list, and the same value before and after. Controls are never folded into one another but
 * for what every one of them has: its metadata.
 */
const alike = ({ kind, object, path, op, from, to }: Mutation): string => {
  const place = path.replace(/\[\d+\]/g, '[]');
  const namespace = object.includes('/') ? object.slice(0, object.indexOf('/')) : kind;
  const own = isControl(kind, place);
  const whole = place === '';
  const document = path.includes(' > ') || place.startsWith('data');
  const which = own || whole || document ? plain(object) + (document && !whole ? '' : object) : namespace;
  return [which, plain(place), op, plain(from), plain(to)].join('\n');
};

/** The first of each sort, and how many stand behind it. */
export const folded = (mutations: Iterable<Mutation>): { readonly kept: Mutation[]; readonly folded: number } => {
  const seen = new Set<string>();
  const kept: Mutation[] = [];
  let count = 0;
  for (const mutation of mutations) {
    const key = alike(mutation);
    if (seen.has(key)) count += 1;
    else kept.push(mutation);
    seen.add(key);
  }
  return { kept, folded: count };
};
