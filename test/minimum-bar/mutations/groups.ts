import type { Manifest } from '../../../lib/minimum-bar';
import { apart, type Edit, edited } from './edits';
import type { Mutation } from './mutator';

type Editing = Mutation & { readonly edit: Edit };
const SIZE = 40;
const OPEN = 24;

/** Mutations that can all be made at once. */
export type Group = readonly Editing[];

/** Packs mutations into groups whose edits stand apart, and hands each group on when it is full. */
export class Packer {
  private readonly open: Editing[][] = [];

  constructor(private readonly full: (group: Group) => void) {}

  /** @returns false for what cannot be made together with others: objects added or removed */
  take(mutation: Mutation): boolean {
    if (mutation.edit === undefined) return false;
    const editing = mutation as Editing;
    const group = this.open.find((others) => others.every((other) => apart(other.edit, editing.edit)));
    if (group === undefined) {
      this.open.push([editing]);
      if (this.open.length > OPEN) this.close(0);
      return true;
    }
    group.push(editing);
    if (group.length === SIZE) this.close(this.open.indexOf(group));
    return true;
  }

  /** Hands on what is left. */
  end(): void {
    while (this.open.length > 0) this.close(0);
  }

  private close(index: number): void {
    for (const group of this.open.splice(index, 1)) this.full(group);
  }
}

/** The objects with every mutation of a group made. */
export const together = (objects: readonly Manifest[], group: Group): readonly Manifest[] =>
  edited(
    objects,
    group.map(({ edit }) => edit),
  );

/**
 * Those of a group that `harmless` does not let pass together with all the others: found by halving. Whoever passes in
 * company is taken to pass alone; whoever is refused is asked alone.
 */
export const offenders = (
  objects: readonly Manifest[],
  group: Group,
  harmless: (objects: readonly Manifest[]) => boolean,
): Group => {
  if (group.length === 0 || harmless(together(objects, group))) return [];
  if (group.length === 1) return group;
  const half = Math.ceil(group.length / 2);
  return [...offenders(objects, group.slice(0, half), harmless), ...offenders(objects, group.slice(half), harmless)];
};
