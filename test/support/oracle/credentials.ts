import type { Facts } from './facts';
import { arr, at, type Hole, isObj, metadata, nameOf, namespaceOf, type Obj, objs, ofKind, str, which } from './plain';
import { type Container, containersOf, type PodSource, podsOf } from './pods';

/** Volumes that hold nothing but what the agent itself put there, or a model. */
const HARMLESS = ['emptyDir', 'image'];

/** Whatever an agent's container, or any stray pod beside it, can read that proves somebody's identity. */
export const credentialHoles = (objects: readonly Obj[], facts: Facts): Hole[] => {
  const pods = podsOf(objects).filter(({ namespace }) => [facts.E, facts.models].includes(namespace));
  const found = pods.flatMap((pod) => ofPod(pod, objects, facts).map((what) => `${pod.title} ${what}`));
  return [
    ...found.map((what) => ({ area: 'credentials', what })),
    ...secretsWithData(objects),
    ...accounts(objects, facts),
  ];
};

const ofPod = (pod: PodSource, objects: readonly Obj[], facts: Facts): string[] => [
  ...which(
    [mountsToken(pod, objects), 'mounts an API token'],
    [facts.kubernetes && !usersDiffer(pod), 'runs agent and sidecar as one user'],
  ),
  ...objs(pod.spec.volumes).flatMap((volume) => {
    const odd = strangeVolume(volume, pod, facts);
    return odd === undefined ? [] : [`holds ${odd}`];
  }),
  ...containersOf(pod).flatMap((container) => {
    const isSidecar = container.name === 'sidecar' && container.list === 'initContainers';
    if (isSidecar) return isEnvoy(container) ? [] : ['runs something else as its sidecar'];
    return readable(container, pod).map((what) => `lets ${str(container.name)} read ${what}`);
  }),
];

const mountsToken = ({ spec, namespace }: PodSource, objects: readonly Obj[]): boolean => {
  if (spec.automountServiceAccountToken === false) return false;
  if (spec.automountServiceAccountToken === true) return true;
  const account = ofKind(objects, '', 'ServiceAccount').find(
    (sa) => nameOf(sa) === spec.serviceAccountName && namespaceOf(sa) === namespace,
  );
  return account?.automountServiceAccountToken !== false;
};

const readable = (container: Container, { spec }: PodSource): string[] => {
  const out: string[] = [];
  for (const { name, valueFrom } of objs(container.env))
    if (valueFrom !== undefined) out.push(`$${str(name)} from elsewhere`);
  if (arr(container.envFrom).length > 0) out.push('its environment from elsewhere');
  const shared = new Set(
    objs(spec.initContainers)
      .filter(({ name }) => name === 'sidecar')
      .flatMap((sidecar) => objs(sidecar.volumeMounts).map((mount) => str(mount.name))),
  );
  for (const mount of objs(container.volumeMounts)) {
    const volume = objs(spec.volumes).find(({ name }) => name === mount.name);
    if (volume === undefined) continue;
    // What checks a model reads the key of its signer, which is public.
    if (container.name === 'verify' && volume.configMap !== undefined) continue;
    if (!HARMLESS.some((kind) => volume[kind] !== undefined)) out.push(`volume ${str(mount.name)}`);
    else if (shared.has(str(mount.name))) out.push(`the sidecar's volume ${str(mount.name)}`);
  }
  if (arr(container.volumeDevices).length > 0) out.push('a raw device');
  return out;
};

/** What may stand in an agent's pod at all: scratch, models, its identity, its sidecar's configuration, its token. */
const strangeVolume = (volume: Obj, pod: PodSource, facts: Facts): string | undefined => {
  const label = pod.labels['firepit.dev/agent'] ?? '';
  const agent = pod.namespace === facts.models ? label.replace(/^model-/, '') : label;
  if (isObj(volume.emptyDir) || isObj(volume.image) || Object.keys(volume).join() === 'name') return undefined;
  if (isObj(volume.configMap)) return undefined;
  if (isObj(volume.secret))
    return volume.secret.secretName === `${agent}-identity` ? undefined : `Secret ${str(volume.secret.secretName)}`;
  if (!isObj(volume.projected)) return `volume ${str(volume.name)}`;
  const wrong = objs(volume.projected.sources).some(
    (source) => at(source, 'serviceAccountToken', 'audience') !== `firepit-gateway.${facts.environment}`,
  );
  return wrong ? 'a projection beyond its own token' : undefined;
};

const isEnvoy = ({ command, args }: Obj): boolean => {
  const words = arr(args);
  const config = words.indexOf('-c');
  return (
    Array.isArray(command) &&
    command.length === 1 &&
    command[0] === '/usr/local/bin/envoy' &&
    words[config + 1] === '/etc/envoy/envoy.yaml' &&
    config >= 0 &&
    !words.some((word) => /^--(config-yaml|admin-address-path|config-path)/.test(String(word)))
  );
};

const usersDiffer = ({ spec }: PodSource): boolean => {
  const user = (container: Obj | undefined): unknown =>
    at(container, 'securityContext', 'runAsUser') ?? at(spec, 'securityContext', 'runAsUser');
  const agent = user(objs(spec.containers)[0]);
  const sidecar = user(objs(spec.initContainers).find(({ name }) => name === 'sidecar'));
  return agent !== undefined && agent !== sidecar;
};

const secretsWithData = (objects: readonly Obj[]): Hole[] =>
  ofKind(objects, '', 'Secret')
    .filter((secret) => [secret.data, secret.stringData].some((data) => isObj(data) && Object.keys(data).length > 0))
    .map((secret) => ({ area: 'secrets', what: `${nameOf(secret)} is written with its data` }));

/** Accounts of agents that hand out more than an identity. */
const accounts = (objects: readonly Obj[], facts: Facts): Hole[] =>
  ofKind(objects, '', 'ServiceAccount')
    .filter((account) => [facts.E, facts.models].includes(namespaceOf(account)))
    .flatMap((account) => {
      const hole = (what: string): Hole => ({ area: 'credentials', what: `account ${nameOf(account)} ${what}` });
      const cloud = Object.keys(
        isObj(metadata(account).annotations) ? (metadata(account).annotations as object) : {},
      ).find((key) => /eks\.amazonaws\.com|iam\.gke\.io|azure\.workload/.test(key));
      return [
        ...(arr(account.secrets).length > 0 ? [hole('lists Secrets')] : []),
        ...(cloud === undefined ? [] : [hole(`has a cloud identity (${cloud})`)]),
      ];
    });
