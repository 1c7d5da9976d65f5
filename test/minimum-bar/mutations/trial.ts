import type { Manifest } from '../../../lib/minimum-bar';
import type { ObjectView } from '../../../lib/minimum-bar/object-view';
import type { Hole } from '../../support/oracle';
import { type Group, offenders, Packer, together } from './groups';
import type { Judge } from './judge';
import type { Mutation } from './mutator';
import { SURVIVORS, type Survivor, speaksOf } from './survivors';

/** What came of many mutations. */
export interface Outcome {
  readonly tried: number;
  readonly caught: number;
  /** Survivors that an entry excuses. */
  readonly excused: number;
  /** The bar passes and the oracle names a hole. */
  readonly holes: readonly string[];
  /** The bar passes and nothing says why that is harmless. */
  readonly unexplained: readonly string[];
  /** Which entries were needed, by number. */
  readonly used: readonly number[];
}

const said = ({ object, path, op, from, to }: Mutation): string => `${object}  ${path}  ${op}: ${from} -> ${to}`;

/** Mutations of one place are caught by few rules: the judge remembers which. */
const placeOf = ({ kind, path }: Mutation): string => `${kind} ${path.replace(/\[\d+\]/g, '')}`;

/** Who says what is open in objects, by means of its own. */
interface Witness {
  holes(objects: readonly Manifest[]): readonly Hole[];
}

/** One environment or foundation, and everybody who judges what is done to it. */
export class Trial<V extends ObjectView> {
  private readonly holes: string[] = [];
  private readonly unexplained: string[] = [];
  private readonly used = new Set<Survivor>();
  private readonly excuses = new Map<Mutation, readonly Survivor[]>();
  private caught = 0;

  constructor(
    private readonly judge: Judge<V>,
    private readonly oracle: Witness,
    private readonly objects: readonly Manifest[],
  ) {
    const [hole] = this.oracle.holes(objects);
    if (hole !== undefined || !this.judge.passes(objects)) throw new Error(`not whole to begin with: ${hole?.what}`);
  }

  /** Tries mutations one by one, or together where an entry says that they are harmless. */
  of(kept: readonly Mutation[]): Outcome {
    const packer = new Packer((group) => this.together(group));
    for (const mutation of kept) {
      const mutated = mutation.objects();
      if (this.judge.likely(mutated, placeOf(mutation), mutation.kind) !== undefined) this.caught += 1;
      else if (this.excusesOf(mutation).length === 0 || !packer.take(mutation)) this.alone(mutation, mutated);
    }
    packer.end();
    const { caught, holes, unexplained } = this;
    const excused = kept.length - caught - unexplained.length;
    const used = [...this.used].map((entry) => SURVIVORS.indexOf(entry));
    return { tried: kept.length, caught, excused, holes, unexplained, used };
  }

  private excusesOf(mutation: Mutation): readonly Survivor[] {
    const found = this.excuses.get(mutation) ?? SURVIVORS.filter((entry) => speaksOf(entry, mutation));
    this.excuses.set(mutation, found);
    return found;
  }

  private use(entries: readonly Survivor[]): void {
    for (const entry of entries) this.used.add(entry);
  }

  /** Those that should be harmless, all at once: for the bar, and who is left for the oracle. */
  private together(group: Group): void {
    const passed = this.passing(group);
    const open = new Set(offenders(this.objects, passed, (mutated) => this.oracle.holes(mutated).length === 0));
    const harmless = new Set(passed.filter((mutation) => !open.has(mutation)));
    for (const mutation of group)
      if (harmless.has(mutation)) this.use(this.excusesOf(mutation));
      else this.alone(mutation, mutation.objects());
  }

  /** Those that the bar lets pass together. The rule that objects is asked about each of them; halving is the last resort. */
  private passing(group: Group): Group {
    if (group.length === 0) return [];
    const rule = this.judge.objection(together(this.objects, group));
    if (rule === undefined) return group;
    const left = group.filter((mutation) => this.judge.objection(mutation.objects(), [rule]) === undefined);
    if (left.length < group.length) return this.passing(left);
    const refused = new Set(offenders(this.objects, group, (mutated) => this.judge.passes(mutated)));
    return group.filter((mutation) => !refused.has(mutation));
  }

  private alone(mutation: Mutation, mutated: readonly Manifest[]): void {
    if (this.judge.refusal(mutated, placeOf(mutation), mutation.kind) !== undefined) {
      this.caught += 1;
      return;
    }
    const excuses = this.excusesOf(mutation);
    const [hole] = this.oracle.holes(mutated);
    if (hole !== undefined) this.holes.push(`${said(mutation)}\n    ${hole.area}: ${hole.what}`);
    if (excuses.length === 0) this.unexplained.push(said(mutation));
    this.use(excuses);
  }
}
