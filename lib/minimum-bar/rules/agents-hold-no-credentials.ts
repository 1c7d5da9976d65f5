import { looksLikeSecret } from '../../declaration/_show';
import { audienceOf, LABEL, objectName } from '../../names';
import { platformOf } from '../../platform';
import type { PlacedContainer, PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, list, record, records, show, string } from '../values';
import type { View } from '../view';

const mountsOf = ({ container }: PlacedContainer): readonly string[] =>
  records(container.volumeMounts).map((m) => String(m.name));

/** The agent's own container: everything in the pod but the sidecar. */
const agentContainers = (pod: PodTemplate): readonly PlacedContainer[] =>
  pod.containers.filter(({ role }) => role !== 'sidecar');

const environmentProblems = (pod: PodTemplate, { container, path }: PlacedContainer): Problem[] => {
  const here = (at: string, problem: string): Problem => ({ object: pod.owner, path: `${path}.${at}`, problem });
  return [
    ...records(container.env).flatMap((variable, i) => {
      if (variable.valueFrom !== undefined)
        return [
          here(
            `env[${i}].valueFrom`,
            `${show(variable.name)} is read from ${Object.keys(record(variable.valueFrom)).join(', ')}`,
          ),
        ];
      return looksLikeSecret(string(variable.value) ?? '')
        ? [here(`env[${i}].value`, `${show(variable.name)} looks like a credential`)]
        : [];
    }),
    ...(list(container.envFrom).length > 0
      ? [here('envFrom', 'its environment is filled from a Secret or ConfigMap')]
      : []),
  ];
};

const mountProblems = (pod: PodTemplate, placed: PlacedContainer): Problem[] => {
  const volumes = new Map(records(pod.spec.volumes).map((v) => [String(v.name), v]));
  const sidecars = new Set(pod.containers.filter((c) => c.role === 'sidecar').flatMap(mountsOf));
  return records(placed.container.volumeMounts).flatMap((mount, i) => {
    const path = `${placed.path}.volumeMounts[${i}]`;
    const volume = volumes.get(String(mount.name));
    const kinds = Object.keys(volume ?? {}).filter((k) => k !== 'name');
    if (kinds.some((k) => k !== 'emptyDir' && k !== 'image'))
      return [{ object: pod.owner, path, problem: `it mounts '${show(mount.name)}' (${kinds.join(', ')})` }];
    if (volume === undefined)
      return [{ object: pod.owner, path, problem: `it mounts '${show(mount.name)}', which the pod does not declare` }];
    return sidecars.has(String(mount.name))
      ? [{ object: pod.owner, path, problem: `it shares the volume '${show(mount.name)}' with the sidecar` }]
      : [];
  });
};

/** What a source of a projected volume may be: a short-lived token for the gateway. */
const sourceProblem = (view: View, source: Record<string, unknown>): string | undefined => {
  const token = record(source.serviceAccountToken);
  if (Object.keys(source).join() !== 'serviceAccountToken') return `it projects ${Object.keys(source).join(', ')}`;
  if (token.audience !== audienceOf(view.names.environment))
    return `its token is for ${show(token.audience)}, not for the gateway`;
  return Number(token.expirationSeconds ?? 3600) > 3600 ? 'its token lives longer than an hour' : undefined;
};

/** What a Secret beside an agent may be: its own identity. */
const secretProblem = (view: View, pod: PodTemplate, secret: unknown): string | undefined => {
  const name = at(secret, 'secretName');
  if (name !== `${pod.labels[LABEL.agent] ?? ''}-identity`) return `it holds the Secret ${show(name)}`;
  return view.find('', 'Secret', pod.namespace, name) === undefined
    ? `the identity ${show(name)} is not among the objects`
    : undefined;
};

const FOREIGN = ['csi', 'hostPath', 'persistentVolumeClaim', 'ephemeral', 'downwardAPI'];

/** What is wrong with a volume of an agent pod; undefined when it is fine. */
const volumeProblem = (view: View, pod: PodTemplate, volume: Record<string, unknown>): string | undefined => {
  const foreign = FOREIGN.find((kind) => volume[kind] !== undefined);
  if (foreign !== undefined) return `it is a volume of kind ${foreign}`;
  if (volume.secret !== undefined) return secretProblem(view, pod, volume.secret);
  return records(at(volume.projected, 'sources'))
    .map((source) => sourceProblem(view, source))
    .find((problem) => problem !== undefined);
};

const podProblems = (view: View, pod: PodTemplate): Problem[] => {
  const volumes = records(pod.spec.volumes).flatMap((volume, i) => {
    const problem = volumeProblem(view, pod, volume);
    return problem === undefined ? [] : [{ object: pod.owner, path: pod.at(`volumes[${i}]`), problem }];
  });
  const sidecarUsers = pod.containers
    .filter((c) => c.role === 'sidecar')
    .map((c) => c.container.securityContext?.runAsUser);
  const chosen = platformOf(view.declaration.platform).containerUser(1).runAsUser !== undefined;
  const users = agentContainers(pod).flatMap(({ container, path }) => {
    const user = container.securityContext?.runAsUser;
    return chosen && (user === undefined || sidecarUsers.includes(user))
      ? [
          {
            object: pod.owner,
            path: `${path}.securityContext.runAsUser`,
            problem: `it runs as ${show(user)}, which is no user of its own beside the sidecar`,
          },
        ]
      : [];
  });
  return [...volumes, ...users];
};

export const rule: Rule = {
  id: 'agents-hold-no-credentials',
  layer: 'identity',
  info: 'There is a way from the container of an agent to a credential: environment, volume, token, or the user of its sidecar.',
  explanation:
    'whatever an agent can read, a prompt can make it send: credentials are in the gateway, identity is in the sidecar, and neither is in reach',
  fix: 'declare the upstream under tools or models with auth; the gateway adds the credential after the decision',
  check: (view) =>
    view.agentPods.flatMap((pod) => [
      ...podProblems(view, pod),
      ...agentContainers(pod).flatMap((c) => [...environmentProblems(pod, c), ...mountProblems(pod, c)]),
    ]),
};

/** Names of the identities of what is declared to run in a governed namespace. */
export const identitiesOf = (view: View, namespace: string): readonly string[] =>
  (namespace === view.names.models ? view.ownModels.map(([model]) => model) : Object.keys(view.declaration.agents)).map(
    (name) => `${objectName(name)}-identity`,
  );
