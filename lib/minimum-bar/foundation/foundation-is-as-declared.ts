import { declaredObjects } from '../../foundation/objects';
import { type Difference, differences } from '../difference';
import { type Manifest, nameOf, type Problem, type Rule } from '../types';
import { type Data, isData, json, record } from '../values';
import { roomier } from './room';
import type { FoundationView } from './view';

/** Metadata that somebody reads: OpenShift's node selector is an annotation; the operator labels pods like its object. */
const READ: Readonly<Record<string, readonly string[]>> = { Namespace: ['labels', 'annotations'], Falco: ['labels'] };

/** An object without what only people and their tools read. */
const essence = (object: Manifest): Data => {
  const free = ['labels', 'annotations'].filter((field) => READ[object.kind]?.includes(field) !== true);
  const metadata = Object.entries(record(object.metadata)).filter(([field]) => !free.includes(field));
  return { ...object, metadata: Object.fromEntries(metadata) };
};

/** Where a text that is JSON differs inside; other texts as a whole. */
const inText = (difference: Difference): readonly Difference[] => {
  const [found, wanted] = [json(difference.found), json(difference.wanted)];
  if (!isData(found) || !isData(wanted)) return [difference];
  const inside = [...differences(found, wanted)];
  return inside.length === 0
    ? [difference]
    : inside.map((one) => ({ ...one, path: `${difference.path} > ${one.path}` }));
};

const changes = (object: Manifest, declared: Manifest): Problem[] =>
  [...differences(essence(object), essence(declared))]
    .filter((difference) => !roomier(difference))
    .flatMap(inText)
    .map(({ path, problem }) => ({ object, path, problem }));

/** Kinds that may stand beside what is declared: they bring the Secrets, tell people, or let OpenShift run Falco. */
const BESIDE: readonly (readonly [group: string, kind: string])[] = [
  ['bitnami.com', 'SealedSecret'],
  ['cert-manager.io', 'Certificate'],
  ['cert-manager.io', 'Issuer'],
  ['external-secrets.io', 'ExternalSecret'],
  ['external-secrets.io', 'SecretStore'],
  ['monitoring.coreos.com', 'PodMonitor'],
  ['monitoring.coreos.com', 'PrometheusRule'],
  ['monitoring.coreos.com', 'ServiceMonitor'],
  ['security.openshift.io', 'SecurityContextConstraints'],
];

const FOREIGN = {
  problem: 'the declaration does not write it',
  fix: 'put it into an app of its own, or take it out',
};

export const rule: Rule<FoundationView> = {
  id: 'foundation-is-as-declared',
  layer: 'runtime',
  info: 'An object of the foundation is not the one that the declaration gives, is missing, or is one too many.',
  explanation:
    'a toleration less, a node selector, another output or one more file of rules keeps Falco off a node or silent, and among hundreds of settings nobody sees it; what was declared is reviewed, and the rest follows from it',
  fix: 'change the declaration, not its objects; labels, annotations and up to eight times the room are free, and alerts of your own stand beside',
  check: (view): Problem[] => {
    const declared = new Map(declaredObjects(view.declaration).map((object) => [nameOf(object), object]));
    const beside = new Set(BESIDE.flatMap(([group, kind]) => view.all(group, kind)));
    const seen = new Set<string>();
    const problems = view.objects.flatMap((object): Problem[] => {
      const name = nameOf(object);
      const wanted = declared.get(name);
      if (wanted === undefined) return beside.has(object) ? [] : [{ object, path: '', ...FOREIGN }];
      if (seen.has(name)) return [{ object, path: '', problem: 'it is written twice' }];
      seen.add(name);
      return changes(object, wanted);
    });
    const missing = [...declared.keys()].filter((name) => !seen.has(name));
    return [...problems, ...missing.map((object) => ({ object, path: '', problem: 'it is declared and not written' }))];
  },
};
