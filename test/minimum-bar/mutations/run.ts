import { App, type EnvironmentDeclaration } from '../../../lib';
import { AgentEnvironment } from '../../../lib/environment';
import type { Manifest } from '../../../lib/minimum-bar';
import { desk, openshiftDesk } from '../../support/desk';
import { deskAs } from '../../support/workloads';
import { folded } from './fold';
import { type Mutation, mutations, objectId } from './mutator';
import { Trial } from './trial';

/**
 * Tries the mutations of one platform and writes the outcome as JSON: `run.ts kubernetes 0/2`. A process of its own,
 * because a test's sandbox makes thousands of judgements three times as slow, and because there are two cores.
 */
const [platform = 'kubernetes', share = '0/1'] = process.argv.slice(2);
const [mine = 0, shares = 1] = share.split('/').map(Number);
/** `all` tries every mutation; otherwise one of each sort is enough. */
const ALL = process.env.FIREPIT_MUTATIONS === 'all';

const objectsOf = (declaration: EnvironmentDeclaration): readonly Manifest[] =>
  new AgentEnvironment(new App(), declaration).objects();

/** What OpenShift does not share with Kubernetes; of that a sample, unless everything is asked for. */
const differing = (objects: readonly Manifest[]): readonly Mutation[] => {
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
const ofOtherKinds = (objects: readonly Manifest[]): readonly Mutation[] =>
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

const DECLARED: Readonly<Record<string, () => EnvironmentDeclaration>> = {
  kubernetes: desk,
  openshift: openshiftDesk,
  cronJob: () => deskAs('cronJob'),
  job: () => deskAs('job'),
  sandbox: () => deskAs('sandbox'),
};
const declaration = (DECLARED[platform] ?? desk)();
const objects = objectsOf(declaration);
const chosen = (): readonly Mutation[] => {
  if (platform === 'kubernetes') return [...mutations(objects)];
  return platform === 'openshift' ? differing(objects) : ofOtherKinds(objects);
};
const all = chosen();
const { kept, folded: count } = ALL ? { kept: all, folded: 0 } : folded(all);
const outcome = new Trial(declaration, objects).of(shareOf(kept));
process.stdout.write(JSON.stringify({ ...outcome, folded: mine === 0 ? count : 0 }));
