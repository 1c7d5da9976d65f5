import { providersOf } from '../../declaration/people';
import { upstreamTools } from '../../declaration/tool';
import { placedModels } from '../../model-place';
import { COMPONENTS, type Component, LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, list, record, records, show, strings } from '../values';
import type { View } from '../view';

/** Parts that hold a token for the API server. */
const WITH_TOKEN = new Set<Component>(['governor', 'warden']);
/** Key with which the ledger signs, and the authority of Falco's certificate: the user creates both. */
const LEDGER_KEY = 'ledger-signing-key';
const FALCO_CA = 'falco-client-ca';

const upstreamSecrets = ({ declaration }: View): readonly string[] =>
  [...placedModels(declaration), ...upstreamTools(declaration.tools)].flatMap(([, { auth, at }]) => [
    ...(auth.kind === 'none' ? [] : [auth.secret.secret]),
    ...(at.kind !== 'external' && at.ca !== undefined ? [at.ca.secret] : []),
  ]);

const stateSecrets = ({ declaration: { state } }: View): readonly string[] =>
  state.kind === 'postgres' ? [state.password.secret, ...(state.at.ca === undefined ? [] : [state.at.ca.secret])] : [];

/** Secrets that a part may hold. */
const mayHold = (view: View, component: Component): ReadonlySet<string> => {
  const { platform, users } = view.declaration;
  const telemetry = platform.telemetry.ca === undefined ? [] : [platform.telemetry.ca.secret];
  const people = providersOf(users).flatMap(([, { at: place }]) => (place?.ca === undefined ? [] : [place.ca.secret]));
  const own = `${component}-tls`;
  const services = [...stateSecrets(view), ...telemetry];
  const table: Readonly<Record<Component, readonly string[]>> = {
    gateway: ['gateway-front-tls', ...upstreamSecrets(view), ...telemetry],
    governor: [...people, ...services],
    approvals: ['approvals-front-tls', ...people, ...services],
    warden: [FALCO_CA, ...services],
    ledger: [LEDGER_KEY, ...services],
    postgres: [],
  };
  return new Set([own, ...table[component]]);
};

const volumeProblems = (view: View, pod: PodTemplate, component: Component): Problem[] =>
  records(pod.spec.volumes).flatMap((volume, i) => {
    const path = pod.at(`volumes[${i}]`);
    const projected = records(at(volume, 'projected', 'sources'));
    const secrets = strings([at(volume, 'secret', 'secretName'), ...projected.map((s) => at(s, 'secret', 'name'))]);
    const tokens = projected.filter((s) => s.serviceAccountToken !== undefined);
    const long = tokens.some((s) => Number(at(s, 'serviceAccountToken', 'expirationSeconds') ?? 3600) > 3600);
    return [
      ...secrets
        .filter((name) => !mayHold(view, component).has(name))
        .map((name) => ({
          object: pod.owner,
          path,
          problem: `${component} holds the Secret ${name}, which is none of its own`,
        })),
      ...(tokens.length > 0 && !WITH_TOKEN.has(component)
        ? [{ object: pod.owner, path, problem: `${component} holds a token for the API server` }]
        : []),
      ...(long ? [{ object: pod.owner, path, problem: 'its token lives longer than an hour' }] : []),
    ];
  });

const containerProblems = (pod: PodTemplate): Problem[] =>
  pod.containers.flatMap(({ container, path }) => [
    ...records(container.env).flatMap((variable, i) =>
      variable.valueFrom === undefined
        ? []
        : [
            {
              object: pod.owner,
              path: `${path}.env[${i}].valueFrom`,
              problem: `${show(variable.name)} carries ${Object.keys(record(variable.valueFrom)).join(', ')} in the environment`,
            },
          ],
    ),
    ...(list(container.envFrom).length > 0
      ? [{ object: pod.owner, path: `${path}.envFrom`, problem: 'its environment is filled from elsewhere' }]
      : []),
    ...records(container.volumeMounts).flatMap((mount, i) => {
      const volume = records(pod.spec.volumes).find((v) => v.name === mount.name);
      return volume !== undefined &&
        (volume.secret !== undefined || volume.projected !== undefined || volume.configMap !== undefined) &&
        mount.readOnly !== true
        ? [
            {
              object: pod.owner,
              path: `${path}.volumeMounts[${i}].readOnly`,
              problem: `it may write '${show(mount.name)}'`,
            },
          ]
        : [];
    }),
  ]);

export const rule: Rule = {
  id: 'credentials-stay-put',
  layer: 'identity',
  info: 'A part of the control plane holds a credential that it does not need, or holds one in its environment.',
  explanation:
    'credentials of upstreams are in the gateway alone, the signing key in the ledger alone, tokens where somebody acts: each part that is taken over gives away only its own',
  fix: 'mount Secrets as files where the environment mounts them, and nowhere else',
  check: (view) =>
    view.controlPods.flatMap((pod) => {
      const component = COMPONENTS.find((c) => c === pod.labels[LABEL.component]);
      return [...(component === undefined ? [] : volumeProblems(view, pod, component)), ...containerProblems(pod)];
    }),
};
