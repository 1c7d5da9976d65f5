import { LABEL, namesOf, PORT, SYSTEM_NAMESPACE } from '../../names';
import { falcoRulesName } from '../../runtime/falco';
import { mountedFile } from '../object-view';
import type { PodTemplate } from '../pods';
import { selects } from '../selectors';
import type { Problem, Rule } from '../types';
import { at, type Data, list, record, records, string } from '../values';
import type { FoundationView } from './view';

/** The relay's configuration in the pod of Falco, and the pod. */
const relayOf = (view: FoundationView): { readonly pod: PodTemplate; readonly config: Data } | undefined => {
  for (const pod of view.systemPods) {
    const file = mountedFile(view, pod, 'envoy.yaml');
    if (file !== undefined) return { pod, config: record(file.value) };
  }
  return undefined;
};

/** Clusters to which every alert goes, of all routes. */
const reached = (config: Data): ReadonlySet<string> => {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const route = record(record(value).route);
    if (typeof route.cluster === 'string') found.add(route.cluster);
    for (const mirror of records(route.request_mirror_policies))
      if (mirror.runtime_fraction === undefined) found.add(String(mirror.cluster));
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(at(config, 'static_resources', 'listeners'));
  return found;
};

/** Why a cluster does not lead to the warden of an environment, and to nobody else. */
const clusterProblem = (cluster: Data, host: string): string | undefined => {
  const [endpoint] = list(at(cluster, 'load_assignment', 'endpoints')).flatMap((one) => list(at(one, 'lb_endpoints')));
  const address = record(at(endpoint, 'endpoint', 'address', 'socket_address'));
  const tls = record(at(cluster, 'transport_socket', 'typed_config'));
  const context = record(at(tls, 'common_tls_context'));
  const [name] = list(
    at(context, 'combined_validation_context', 'default_validation_context', 'match_typed_subject_alt_names'),
  );
  if (address.address !== host || address.port_value !== PORT.https) return `it leads to ${String(address.address)}`;
  if (at(name, 'matcher', 'exact') !== host) return 'the certificate of the warden is not checked by its name';
  return list(context.tls_certificate_sds_secret_configs).length > 0 ? undefined : 'it shows no certificate';
};

/** Rules that Falco is given: by a volume, or by objects of its operator. */
const ruleMaps = (view: FoundationView): ReadonlySet<string> =>
  new Set([
    ...view.systemPods
      .flatMap(({ spec }) => list(spec.volumes))
      .flatMap((volume) => list(at(volume, 'projected', 'sources')))
      .map((source) => String(at(source, 'configMap', 'name'))),
    ...view.all('artifact.falcosecurity.dev', 'Rulesfile').map(({ spec }) => String(at(spec, 'configMapRef', 'name'))),
  ]);

/** Whether network policies let Falco's pods reach a warden. */
const mayReach = (view: FoundationView, { labels }: PodTemplate, environment: string): boolean =>
  view.policies.length > 0 &&
  view
    .all('networking.k8s.io', 'NetworkPolicy')
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === SYSTEM_NAMESPACE && selects(record(spec).podSelector ?? {}, labels),
    )
    .flatMap(({ spec }) => records(record(spec).egress))
    .some(
      ({ to, ports }) =>
        records(ports).some(({ port }) => port === PORT.https) &&
        records(to).some(
          ({ namespaceSelector, podSelector }) =>
            selects(namespaceSelector ?? {}, { 'kubernetes.io/metadata.name': namesOf(environment).control }) &&
            selects(podSelector ?? {}, { [LABEL.component]: 'warden', [LABEL.environment]: environment }),
        ),
    );

/** Where Falco sends its alerts, as its own file or its operator's object says. */
const outputUrl = (view: FoundationView): string | undefined => {
  const settings = [
    ...view.systemPods.map((pod) => mountedFile(view, pod, 'falco.yaml')?.value),
    ...view.all('artifact.falcosecurity.dev', 'Config').map(({ spec }) => at(spec, 'config')),
  ].filter((one) => at(one, 'http_output', 'enabled') === true && at(one, 'json_output') === true);
  return string(at(settings[0], 'http_output', 'url'));
};

const ofEnvironment = (
  view: FoundationView,
  { pod, config }: { readonly pod: PodTemplate; readonly config: Data },
  environment: string,
): string[] => {
  const host = namesOf(environment).service('warden');
  const to = reached(config);
  const clusters = records(at(config, 'static_resources', 'clusters')).filter(({ name }) => to.has(String(name)));
  const problems = clusters.map((one) => clusterProblem(one, host));
  return [
    ...(problems.includes(undefined) ? [] : [`no alert goes to the warden of ${environment}, over mutual TLS`]),
    ...(ruleMaps(view).has(falcoRulesName(environment)) ? [] : [`Falco is not given the rules of ${environment}`]),
    ...(mayReach(view, pod, environment) ? [] : [`no NetworkPolicy lets Falco reach the warden of ${environment}`]),
  ];
};

export const rule: Rule<FoundationView> = {
  id: 'alerts-reach-the-wardens',
  layer: 'runtime',
  info: 'Falco does not have the rules of an environment, or its alerts do not reach that warden.',
  explanation: 'a warden that hears nothing contains nothing, and an environment without rules is not watched at all',
  fix: 'name the environment in the foundation, and keep the relay beside Falco',
  check: (view): Problem[] => {
    const relay = relayOf(view);
    if (relay === undefined)
      return [{ object: `Namespace ${SYSTEM_NAMESPACE}`, path: '', problem: 'no relay stands beside Falco' }];
    const object = relay.pod.owner;
    const url = outputUrl(view);
    return [
      ...(url?.startsWith('http://127.0.0.1:') === true
        ? []
        : [{ object, path: '', problem: 'Falco does not tell the relay beside it what it sees, as JSON' }]),
      ...view.environments.flatMap((environment) =>
        ofEnvironment(view, relay, environment).map((problem) => ({ object, path: '', problem })),
      ),
    ];
  },
};
