import { openshift } from '../../../apps/shared/platforms';
import { App, type EnvironmentDeclaration, Isolation, State } from '../../../lib';
import type { FoundationDeclaration } from '../../../lib/declaration/foundation';
import { AgentEnvironment } from '../../../lib/environment';
import type { Manifest } from '../../../lib/minimum-bar';
import { changed, type Draft, desk, openshiftDesk } from '../../support/desk';
import { foundationOf, objectsOfFoundation, operated } from '../../support/foundation';
import { Oracle } from '../../support/oracle';
import { FoundationOracle } from '../../support/oracle/foundation';
import { contracts } from '../../support/own-models';
import { EVERY_SIGNER } from '../../support/signers';
import { team } from '../../support/team';
import { deskAs } from '../../support/workloads';
import { beyond } from './beyond';
import { folded } from './fold';
import { judgeOf, judgeOfFoundation } from './judge';
import { type Mutation, mutations, objectId } from './mutator';
import { type Outcome, Trial } from './trial';

/**
 * Tries the mutations of one environment and writes the outcome as JSON: `run.ts kubernetes 0/2`. A process of its own,
 * because a test's sandbox makes thousands of judgements three times as slow, and because there are two cores.
 */
const [environment = 'kubernetes', share = '0/1'] = process.argv.slice(2);
const [mine = 0, shares = 1] = share.split('/').map(Number);
/** `all` tries every mutation; otherwise one of each sort is enough. */
const ALL = process.env.FIREPIT_MUTATIONS === 'all';

type Objects = readonly Manifest[];

const objectsOf = (declaration: EnvironmentDeclaration): Objects =>
  new AgentEnvironment(new App(), declaration).objects();

/** What OpenShift does not share with Kubernetes; of that a sample, unless everything is asked for. */
const differing = (objects: Objects): readonly Mutation[] => {
  const known = new Set(objectsOf(desk()).map((object) => JSON.stringify(object)));
  const other = new Set(objects.filter((object) => !known.has(JSON.stringify(object))).map(objectId));
  const own = new Set(['Route', 'AdminNetworkPolicy', 'Deployment', 'NetworkPolicy']);
  return [...mutations(objects)]
    .filter(({ object, kind }) => other.has(object) && (ALL || own.has(kind)))
    .filter((_, index) => ALL || index % 4 === 0);
};

const OTHER_KINDS = /^(CronJob|Job|Sandbox) |^ValidatingAdmissionPolicy(Binding)? .*-suspension-/;
const TEMPLATE = /^spec\.(jobTemplate\.spec\.template|template|podTemplate)(?=\.)/;
/** A pod is a pod: what is harmless in that of a Deployment is so here, for the same reason. */
const asInADeployment = (mutation: Mutation): Mutation => {
  const { kind, path } = mutation;
  if (kind.startsWith('Validating') || !(TEMPLATE.test(path) || path.startsWith('metadata.labels'))) return mutation;
  const object = 'Deployment support-desk-test/triage';
  return { ...mutation, kind: 'Deployment', object, path: path.replace(TEMPLATE, 'spec.template') };
};
/** What an agent of another kind does not share with one in a Deployment; of its pod a sample. */
const ofOtherKinds = (objects: Objects): readonly Mutation[] =>
  [...mutations(objects)]
    .filter(({ object }) => OTHER_KINDS.test(object))
    .filter(({ path }, index) => ALL || !TEMPLATE.test(path) || index % 25 === 0)
    .map(asInADeployment);

/** A share of the objects: all mutations of one object are judged by one process, which learns from them. */
const shareOf = (all: readonly Mutation[]): readonly Mutation[] => {
  const load = Array<number>(shares).fill(0);
  const owner = new Map<string, number>();
  const sizes = new Map<string, number>();
  for (const { object } of all) sizes.set(object, (sizes.get(object) ?? 0) + 1);
  for (const [object, size] of [...sizes].sort(([, a], [, b]) => b - a)) {
    const least = load.indexOf(Math.min(...load));
    load[least] = (load[least] ?? 0) + size;
    owner.set(object, least);
  }
  return all.filter(({ object }) => owner.get(object) === mine);
};

type Choice = (objects: Objects, declaration: EnvironmentDeclaration) => readonly Mutation[];

/** What the support desk does not have; agents of other kinds are tried in its own. */
const beyondTheDesk: Choice = (objects, declaration) =>
  beyond({ of: declaration, all: mutations(objects) }, { of: desk(), all: mutations(objectsOf(desk())) }).filter(
    ({ object }) => !OTHER_KINDS.test(object),
  );

/** The support desk with signers of every kind, on a cluster that has a foundation. */
const trusting = (): EnvironmentDeclaration =>
  changed((d: Draft) => {
    d.supplyChain = EVERY_SIGNER;
    d.platform.foundation = true;
  });
/** The support desk with a database of its own, for which it may only read. */
const bundled = (): EnvironmentDeclaration =>
  changed((d: Draft) => {
    d.state = State.bundled();
    Object.assign(d.agents.triage, { tools: ['crm.customer'], needsApproval: [], sequence: [] });
  });

/** The support desk with its agent in gVisor. */
const walled = (): EnvironmentDeclaration =>
  changed((d: Draft) => Object.assign(d.agents.triage, { isolation: Isolation.gvisor() }));

/** Each environment, and which of its mutations are worth trying. */
const WORLDS: Readonly<Record<string, readonly [declared: () => EnvironmentDeclaration, choose: Choice]>> = {
  kubernetes: [desk, (objects) => [...mutations(objects)]],
  openshift: [openshiftDesk, differing],
  cronJob: [() => deskAs('cronJob'), ofOtherKinds],
  job: [() => deskAs('job'), ofOtherKinds],
  sandbox: [() => deskAs('sandbox'), ofOtherKinds],
  contracts: [contracts, beyondTheDesk],
  team: [team, beyondTheDesk],
  trusting: [trusting, beyondTheDesk],
  bundled: [bundled, beyondTheDesk],
  walled: [walled, beyondTheDesk],
};

/** The whole of a foundation; of its other forms, the objects that differ. */
const FOUNDATIONS: Readonly<Record<string, readonly [declared: () => FoundationDeclaration, besides: () => Objects]>> =
  {
    foundation: [foundationOf, () => []],
    operated: [() => foundationOf({ falco: operated }), objectsOfFoundation],
    foundationOnOpenshift: [() => foundationOf({ platform: openshift }), objectsOfFoundation],
  };

/** What was chosen, one of each sort, and who tries it. */
interface Tried {
  readonly chosen: readonly Mutation[];
  readonly trial: { of(kept: readonly Mutation[]): Outcome };
}

const ofEnvironment = (declaration: EnvironmentDeclaration, choose: Choice): Tried => {
  const objects = objectsOf(declaration);
  const oracle = new Oracle(declaration, objects);
  return { chosen: choose(objects, declaration), trial: new Trial(judgeOf(declaration), oracle, objects) };
};

const ofFoundation = (declaration: FoundationDeclaration, besides: Objects): Tried => {
  const objects = objectsOfFoundation(declaration);
  const known = new Set(besides.map((object) => JSON.stringify(object)));
  const own = new Set(objects.filter((object) => !known.has(JSON.stringify(object))).map(objectId));
  return {
    chosen: [...mutations(objects)].filter(({ object }) => own.has(object)),
    trial: new Trial(judgeOfFoundation(declaration), new FoundationOracle(objects), objects),
  };
};

const tried = (): Tried => {
  const [environmental, foundational] = [WORLDS[environment], FOUNDATIONS[environment]];
  if (environmental !== undefined) return ofEnvironment(environmental[0](), environmental[1]);
  if (foundational !== undefined) return ofFoundation(foundational[0](), foundational[1]());
  const known = [...Object.keys(WORLDS), ...Object.keys(FOUNDATIONS)];
  throw new Error(`no ${environment}: there are ${known.join(', ')}`);
};

const { chosen, trial } = tried();
const { kept, folded: count } = ALL ? { kept: chosen, folded: 0 } : folded(chosen);
const outcome = trial.of(shareOf(kept));
process.stdout.write(JSON.stringify({ ...outcome, folded: mine === 0 ? count : 0 }));
