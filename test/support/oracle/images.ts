import { evaluate } from './cel';
import type { Facts } from './facts';
import {
  arr,
  at,
  type Hole,
  labelsOf,
  metadata,
  nameOf,
  type Obj,
  obj,
  objs,
  ofKind,
  selects,
  str,
  strs,
} from './plain';
import { containersOf, type PodSource, podsOf } from './pods';

const DIGEST = /@sha256:[0-9a-f]{64}$/;
const OTHER = `sha256:${'1234567890abcdef'.repeat(4)}`;

/** A signature as it would be found: by whom, or not at all. */
type Signed = (image: string) => string | undefined;

const references = (pod: PodSource): string[] => [
  ...containersOf(pod).map(({ image }) => str(image)),
  ...objs(pod.spec.volumes)
    .filter((volume) => volume.image !== undefined)
    .map((volume) => str(at(volume, 'image', 'reference'))),
];

const identityOf = (signer: Facts['declaration']['images']['signer']): string => {
  if (signer.kind === 'key') return signer.publicKey.trim();
  return signer.kind === 'certificate' ? signer.certificate.trim() : `${signer.issuer} ${signer.subject}`;
};

/** Whom an attestor believes. */
const trusted = (attestor: Obj): string[] => {
  const { keyless, key, certificate, ctlog } = obj(attestor.cosign);
  const unlogged = at(ctlog, 'insecureIgnoreTlog') === true || at(ctlog, 'insecureIgnoreSCT') === true;
  const loose = unlogged && keyless !== undefined ? ['anybody'] : [];
  const identities = objs(at(keyless, 'identities'));
  const byName = identities.map((i) =>
    i.issuerRegExp !== undefined || i.subjectRegExp !== undefined ? 'anybody' : `${str(i.issuer)} ${str(i.subject)}`,
  );
  return [
    ...loose,
    ...byName,
    ...(keyless !== undefined && identities.length === 0 ? ['anybody'] : []),
    str(at(key, 'data')).trim(),
    ...(certificate === undefined ? [] : [str(at(certificate, 'cert', 'value')).trim() || 'anybody']),
  ];
};

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

/** Whether Kyverno would act on this policy for a pod in the agents' namespace, and stop what fails it. */
const inForce = (policy: Obj, labels: Record<string, string>): boolean => {
  const spec = obj(policy.spec);
  const match = obj(spec.matchConstraints);
  const rules = objs(match.resourceRules);
  return (
    str(policy.apiVersion) === 'policies.kyverno.io/v1' &&
    nameOf(policy) !== '' &&
    (spec.failurePolicy === undefined || spec.failurePolicy === 'Fail') &&
    (spec.validationActions === undefined || strs(spec.validationActions).includes('Deny')) &&
    at(spec, 'evaluation', 'admission', 'enabled') !== false &&
    arr(spec.matchConditions).length === 0 &&
    match.objectSelector === undefined &&
    arr(match.excludeResourceRules).length === 0 &&
    selects(match.namespaceSelector, labels) &&
    rules.some(
      (rule) =>
        ['', '*'].some((g) => strs(rule.apiGroups).includes(g)) &&
        ['v1', '*'].some((v) => strs(rule.apiVersions).includes(v)) &&
        ['CREATE', '*'].some((o) => strs(rule.operations).includes(o)) &&
        ['pods', '*'].some((r) => strs(rule.resources).includes(r)),
    )
  );
};

/** Whether a policy stops one image, in a container or in a volume. */
const stops = (policy: Obj, image: string, where: 'containers' | 'volume', signed: Signed): boolean => {
  const spec = obj(policy.spec);
  const globs = objs(spec.matchImageReferences);
  const scoped = globs.map((g) => (g.expression === undefined ? str(g.glob) : String(g.expression)));
  if (globs.length > 0 && !scoped.some((g) => glob(g).test(image))) return false;
  const config = obj(spec.validationConfigurations);
  if (config.verifyDigest !== false && !DIGEST.test(image)) return true;
  const pod = {
    spec: where === 'volume' ? { volumes: [{ name: 'v', image: { reference: image } }] } : { containers: [{ image }] },
  };
  const attestors = Object.fromEntries(objs(spec.attestors).map((a) => [str(a.name), trusted(a)]));
  const env = new Map<string, () => unknown>([
    ['object', () => pod],
    ['attestors', () => attestors],
    [
      'verifyImageSignatures',
      () => (which: string, by: string[][]) =>
        by.filter((names) => names.includes('anybody') || names.includes(signed(which) ?? 'nobody')).length,
    ],
  ]);
  env.set('images', () => ({
    containers: where === 'containers' ? [image] : [],
    initContainers: [],
    ephemeralContainers: [],
    ...Object.fromEntries(objs(spec.images).map((i) => [str(i.name), evaluate(str(i.expression), env)])),
  }));
  return objs(spec.validations).some(({ expression }) => {
    try {
      return evaluate(str(expression), env) !== true;
    } catch {
      return true;
    }
  });
};

/** An image somebody might run, where it would stand, and who signed it. */
interface Try {
  readonly image: string;
  readonly where: 'containers' | 'volume';
  readonly by: string | undefined;
}

const tries = (facts: Facts): Try[] => {
  const agents = identityOf(facts.declaration.supplyChain.signer);
  const product = identityOf(facts.declaration.images.signer);
  const others = [undefined, 'https://issuer.example.net somebody-else'];
  const own = [
    ...facts.agents.map(({ image }) => ({ image, signers: agents === product ? others : [...others, product] })),
    { image: facts.parts.gateway ?? '', signers: others },
  ];
  const foreign = [
    `registry.example.net/x@${OTHER}`,
    `docker.io/library/busybox@${OTHER}`,
    'busybox',
    'example.net/x:1',
  ];
  return [...own, ...foreign.map((image) => ({ image, signers: [undefined, agents] }))].flatMap(({ image, signers }) =>
    signers.flatMap((by) => (['containers', 'volume'] as const).map((where) => ({ image, where, by }))),
  );
};

/** Image references that escape verification. */
export const imageHoles = (objects: readonly Obj[], facts: Facts): Hole[] => {
  const pods = podsOf(objects);
  const namespace = ofKind(objects, '', 'Namespace').find((ns) => nameOf(ns) === facts.E);
  const labels = { ...labelsOf(metadata(namespace ?? {}).labels), 'kubernetes.io/metadata.name': facts.E };
  const policies = objects.filter((o) => o.kind === 'ImageValidatingPolicy' && inForce(o, labels));
  const passing = tries(facts).filter(
    ({ image, where, by }) => !policies.some((policy) => stops(policy, image, where, () => by)),
  );
  return [
    ...pods.flatMap((pod) =>
      references(pod)
        .filter((image) => !DIGEST.test(image))
        .map((image) => `${pod.title} runs '${image}' without a digest`),
    ),
    ...passing.map(({ image, where, by }) => `${image} in ${where} passes, signed by ${by ?? 'nobody'}`),
    ...objects.filter((o) => o.kind === 'PolicyException').map((o) => `PolicyException ${nameOf(o)} excepts`),
    ...pods.flatMap((pod) => {
      const strange = strangeness(pod, facts);
      return strange === undefined ? [] : [`${pod.title} ${strange}`];
    }),
  ].map((what) => ({ area: 'images', what }));
};

/** Why no declaration knows a pod: by its labels, images and account. */
const strangeness = (pod: PodSource, facts: Facts): string | undefined => {
  if (pod.labels['firepit.dev/environment'] !== facts.environment) return 'does not belong to the environment';
  if (pod.namespace === facts.control) return strangePart(pod, facts);
  if (pod.namespace === facts.E) return strangeAgent(pod, facts);
  if (pod.namespace === facts.models) return strangeModel(pod, facts);
  return 'runs outside the environment';
};

const imagesIn = (list: unknown): string[] => objs(list).map((container) => str(container.image));

const strangePart = ({ labels, spec }: PodSource, { parts }: Facts): string | undefined => {
  const component = labels['firepit.dev/component'] ?? '';
  if (!(component in parts)) return 'is no part of the control plane';
  if (spec.serviceAccountName !== component) return 'runs under another account';
  const images = [...imagesIn(spec.containers), ...imagesIn(spec.initContainers)];
  return images.every((image) => image === parts[component]) ? undefined : 'runs another image';
};

const strangeModel = ({ labels, spec }: PodSource, { ownModels }: Facts): string | undefined => {
  const model = ownModels.find(({ name }) => `model-${name}` === labels['firepit.dev/agent']);
  if (model === undefined || labels['firepit.dev/component'] !== 'model') return 'is no declared model';
  if (spec.serviceAccountName !== model.name) return 'runs under another account';
  if (imagesIn(spec.containers).join() !== model.image) return 'runs another server';
  const volumes = objs(spec.volumes).filter((volume) => volume.image !== undefined);
  if (volumes.map((volume) => str(at(volume, 'image', 'reference'))).join() !== model.artifact)
    return 'serves another model';
  return imagesIn(spec.initContainers).join() === model.beside.join() ? undefined : 'runs something else beside it';
};

const strangeAgent = ({ labels, spec }: PodSource, { agents, parts }: Facts): string | undefined => {
  const agent = agents.find(({ name }) => name === labels['firepit.dev/agent']);
  if (agent === undefined || labels['firepit.dev/component'] !== 'agent') return 'is no declared agent';
  if (spec.serviceAccountName !== agent.name) return 'runs under another account';
  const sidecars = imagesIn(spec.initContainers);
  if (imagesIn(spec.containers).join() !== agent.image) return 'runs another image than its agent';
  return sidecars.join() === parts.gateway ? undefined : 'runs another sidecar';
};
