import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { App, type EnvironmentDeclaration } from '../../../lib';
import { AgentEnvironment } from '../../../lib/environment';
import { checkBar, type Manifest, RULES } from '../../../lib/minimum-bar';
import { desk, openshiftDesk } from '../../support/desk';
import { Oracle } from '../../support/oracle';
import { folded } from './fold';
import { type Group, offenders, Packer } from './groups';
import { Judge } from './judge';
import { type Mutation, mutations, objectId } from './mutator';
import { SURVIVORS, type Survivor, speaksOf } from './survivors';

/** `all` tries every mutation; otherwise one of each sort is enough. */
const ALL = process.env.FIREPIT_MUTATIONS === 'all';
const MINUTES = 60_000;

interface Outcome {
  readonly tried: number;
  readonly folded: number;
  readonly caught: number;
  /** Survivors that an entry excuses. */
  readonly excused: number;
  /** The bar passes and the oracle names a hole. */
  readonly holes: readonly string[];
  /** The bar passes and nothing says why that is harmless. */
  readonly unexplained: readonly string[];
}

const environmentOf = (declaration: EnvironmentDeclaration): readonly Manifest[] =>
  new AgentEnvironment(new App(), declaration).objects();

const said = ({ object, path, op, from, to }: Mutation): string => `${object}  ${path}  ${op}: ${from} -> ${to}`;

/** One environment, and everybody who judges what is done to it. */
class Trial {
  private readonly judge: Judge;
  private readonly oracle: Oracle;
  private readonly holes: string[] = [];
  private readonly unexplained: string[] = [];
  private caught = 0;

  constructor(
    declaration: EnvironmentDeclaration,
    private readonly objects: readonly Manifest[],
  ) {
    this.judge = new Judge(declaration);
    this.oracle = new Oracle(declaration, objects);
    expect(this.oracle.holes(objects)).toEqual([]);
  }

  /** Tries mutations one by one, or together where an entry says that they are harmless. */
  of(all: Iterable<Mutation>): Outcome {
    const { kept, folded: count } = ALL ? { kept: [...all], folded: 0 } : folded(all);
    const packer = new Packer((group) => this.together(group));
    for (const mutation of kept) {
      const mutated = mutation.objects();
      if (this.judge.likely(mutated, placeOf(mutation), mutation.kind) !== undefined) this.caught += 1;
      else if (excuses(mutation).length === 0 || !packer.take(mutation)) this.alone(mutation, mutated);
    }
    packer.end();
    const { caught, holes, unexplained } = this;
    const excused = kept.length - caught - unexplained.length;
    return { tried: kept.length, folded: count, caught, excused, holes, unexplained };
  }

  /** Those that should be harmless, all at once: for the bar, and who is left for the oracle. */
  private together(group: Group): void {
    const refused = new Set(offenders(this.objects, group, (mutated) => this.judge.passes(mutated)));
    const passed = group.filter((mutation) => !refused.has(mutation));
    const open = new Set(offenders(this.objects, passed, (mutated) => this.oracle.holes(mutated).length === 0));
    for (const mutation of group)
      if (refused.has(mutation) || open.has(mutation)) this.alone(mutation, mutation.objects());
      else use(excuses(mutation));
  }

  private alone(mutation: Mutation, mutated: readonly Manifest[]): void {
    if (this.judge.refusal(mutated, placeOf(mutation), mutation.kind) !== undefined) {
      this.caught += 1;
      return;
    }
    const [hole] = this.oracle.holes(mutated);
    if (hole !== undefined) this.holes.push(`${said(mutation)}\n    ${hole.area}: ${hole.what}`);
    if (excuses(mutation).length === 0) this.unexplained.push(said(mutation));
    use(excuses(mutation));
  }
}

const known = new WeakMap<Mutation, readonly Survivor[]>();
/** The entries that speak of a mutation. */
const excuses = (mutation: Mutation): readonly Survivor[] => {
  const found = known.get(mutation) ?? SURVIVORS.filter((entry) => speaksOf(entry, mutation));
  known.set(mutation, found);
  return found;
};

const used = new Set<Survivor>();
const use = (entries: readonly Survivor[]): void => {
  for (const entry of entries) used.add(entry);
};

/** Mutations of one place are caught by few rules: the judge remembers which. */
const placeOf = ({ kind, path }: Mutation): string => `${kind} ${path.replace(/\[\d+\]/g, '')}`;

const outcomes: Record<string, Outcome> = {};

const judged = (name: string, outcome: Outcome): void => {
  outcomes[name] = outcome;
  expect({ holes: outcome.holes, unexplained: outcome.unexplained }).toEqual({ holes: [], unexplained: [] });
};

test(
  'every mutation of the support desk on Kubernetes is refused, or harmless for a reason',
  () => {
    const objects = environmentOf(desk());
    expect(checkBar(desk(), objects).findings).toEqual([]);
    judged('kubernetes', new Trial(desk(), objects).of(mutations(objects)));
  },
  30 * MINUTES,
);

test(
  'so is every mutation of what differs on OpenShift',
  () => {
    const known = new Set(environmentOf(desk()).map((object) => JSON.stringify(object)));
    const objects = environmentOf(openshiftDesk());
    const other = new Set(objects.filter((object) => !known.has(JSON.stringify(object))).map(objectId));
    const own = new Set(['Route', 'AdminNetworkPolicy', 'Deployment', 'NetworkPolicy']);
    const differing = [...mutations(objects)].filter(({ object, kind }) => other.has(object) && (ALL || own.has(kind)));
    const sample = differing.filter((_, index) => ALL || index % 4 === 0);
    judged('openshift', new Trial(openshiftDesk(), objects).of(sample));
  },
  30 * MINUTES,
);

test('no entry of survivors.yaml is stale', () => {
  expect(SURVIVORS.filter((entry) => !used.has(entry))).toEqual([]);
});

test('the numbers are written down', () => {
  const sum = (count: (outcome: Outcome) => number): number =>
    Object.values(outcomes).reduce((total, outcome) => total + count(outcome), 0);
  const summary = {
    rules: RULES.length,
    tried: sum((o) => o.tried),
    folded: sum((o) => o.folded),
    caught: sum((o) => o.caught),
    excused: sum((o) => o.excused),
    entries: SURVIVORS.length,
  };
  const folder = join(__dirname, '../../../coverage');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mutations.json'), `${JSON.stringify(summary, null, 2)}\n`);
  process.stdout.write(
    `${summary.rules} rules, ${summary.tried} mutations tried (${summary.folded} alike folded): ${summary.caught} caught, ${summary.excused} excused by ${summary.entries} reasons\n`,
  );
  expect(summary.caught + summary.excused).toBe(summary.tried);
});
