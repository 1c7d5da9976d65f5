import type { Manifest } from '../../../lib/minimum-bar';
import { apart, type Edit, edited } from './edits';
import type { Mutation } from './mutator';

type Editing = Mutation & { readonly edit: Edit };
const SIZE = 40;
const OPEN = 24;

/** Mutations that can all be made at once. */
export type Group = readonly Editing[];

/** Packs mutations into groups whose edits stand apart; those that add or remove objects stay alone. */
export const grouped = (mutations: readonly Mutation[]): { readonly groups: Group[]; readonly alone: Mutation[] } => {
  const open: Editing[][] = [];
  const groups: Editing[][] = [];
  const alone: Mutation[] = [];
  for (const mutation of mutations) {
    if (mutation.edit === undefined) {
      alone.push(mutation);
      continue;
    }
    const editing = mutation as Editing;
    const group = open.find((others) => others.every((other) => apart(other.edit, editing.edit)));
    if (group === undefined) {
      open.push([editing]);
      if (open.length > OPEN) groups.push(open.shift() as Editing[]);
      continue;
    }
    group.push(editing);
    if (group.length === SIZE) groups.push(...open.splice(open.indexOf(group), 1));
  }
  return { groups: [...groups, ...open], alone };
};

/**
 * Those of a group that `harmless` does not let pass together with all the others: found by halving. Whoever passes in
 * company is taken to pass alone; whoever is refused is asked alone.
 */
export const offenders = (
  objects: readonly Manifest[],
  group: Group,
  harmless: (objects: readonly Manifest[]) => boolean,
): readonly Mutation[] => {
  if (
    harmless(
      edited(
        objects,
        group.map(({ edit }) => edit),
      ),
    )
  )
    return [];
  if (group.length === 1) return group;
  const half = Math.ceil(group.length / 2);
  return [...offenders(objects, group.slice(0, half), harmless), ...offenders(objects, group.slice(half), harmless)];
};
