import type { PlacedContainer, PodTemplate } from './pods';
import { at, type Data, isData, record, records, string } from './values';
import { type Configuration, mountedFile, type View } from './view';

/** Envoy bootstraps of the environment, read from the ConfigMaps that pods mount. */
export interface Bootstrap {
  readonly pod: PodTemplate;
  readonly container: PlacedContainer;
  readonly file: Configuration | undefined;
  readonly config: Data;
  readonly role: 'gateway' | 'sidecar' | 'model';
}

/** One listener, or one of its filter chains. */
export interface Placed {
  readonly value: Data;
  readonly path: string;
}

export const BOOTSTRAP = 'envoy.yaml';
/** Where a finding about a bootstrap stands. */
export const FILE = `data['${BOOTSTRAP}']`;

/** What an Envoy is for: by the namespace it runs in. */
const roleOf = ({ names }: View, { namespace }: PodTemplate): Bootstrap['role'] => {
  if (namespace === names.agents) return 'sidecar';
  return namespace === names.models ? 'model' : 'gateway';
};

/** Containers that run Envoy: by the image of the lock file. */
export const bootstraps = (view: View): readonly Bootstrap[] =>
  view.once('bootstraps', () => {
    const { envoy } = view.declaration.images.images;
    return [...view.governedPods, ...view.controlPods].flatMap((pod) =>
      pod.containers
        .filter(({ container }) => container.image === envoy)
        .map((container): Bootstrap => {
          const file = mountedFile(view, pod, BOOTSTRAP);
          return {
            pod,
            container,
            file,
            config: record(file?.value),
            role: roleOf(view, pod),
          };
        }),
    );
  });

/** The object that a finding about a bootstrap names. */
export const ownerOf = ({ file, pod }: Bootstrap) => file?.map ?? pod.owner;

export const listenersOf = ({ config }: Bootstrap): readonly Placed[] =>
  records(at(config, 'static_resources', 'listeners')).map((value) => ({
    value,
    path: `${FILE}: listener '${value.name}'`,
  }));

export const clustersOf = ({ config }: Bootstrap): readonly Placed[] =>
  records(at(config, 'static_resources', 'clusters')).map((value) => ({
    value,
    path: `${FILE}: cluster '${value.name}'`,
  }));

export const chainsOf = (listener: Data): readonly Data[] => [
  ...records(listener.filter_chains),
  ...(isData(listener.default_filter_chain) ? [listener.default_filter_chain] : []),
];

const HCM = 'HttpConnectionManager';

/** Type of an extension's configuration: the last part of its name. */
export const typeOf = (extension: unknown): string =>
  (string(at(extension, 'typed_config', '@type')) ?? '').split('.').pop() ?? '';

/** HTTP connection managers of a filter chain; undefined where it has any other network filter. */
export const managersOf = (chain: Data): readonly Data[] | undefined => {
  const filters = records(chain.filters);
  return filters.every((f) => typeOf(f) === HCM) && filters.length > 0
    ? filters.map((f) => record(f.typed_config))
    : undefined;
};

export const httpFilters = (manager: Data): readonly Data[] => records(manager.http_filters);

export const routesOf = (manager: Data): readonly Data[] =>
  records(at(manager, 'route_config', 'virtual_hosts')).flatMap((host) => records(host.routes));

/** Port of a listener, and whether only the pod itself reaches it. */
export const addressOf = (listener: Data): { readonly port: number; readonly loopback: boolean } => {
  const address = at(listener, 'address', 'socket_address');
  const host = string(at(address, 'address')) ?? '';
  return { port: Number(at(address, 'port_value')), loopback: host.startsWith('127.') || host === '::1' };
};

/** Addresses of a cluster's endpoints. */
export const endpointsOf = (cluster: Data): readonly Data[] =>
  records(at(cluster, 'load_assignment', 'endpoints')).flatMap((locality) =>
    records(locality.lb_endpoints).map((e) => record(at(e, 'endpoint', 'address'))),
  );

/** Filters between a cluster and its connection. */
export const upstreamFilters = (cluster: Data): readonly Data[] =>
  Object.values(record(cluster.typed_extension_protocol_options)).flatMap((options) =>
    records(at(options, 'http_filters')),
  );
