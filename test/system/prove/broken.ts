import type { Manifest } from '../../../lib/synth/object';

const EXT_PROC = 'envoy.filters.http.ext_proc';
const PER_ROUTE = 'envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute';

/** A gateway's configuration that asks nobody about tunnels, and takes every host and port for the declared one. */
export const openGateway = (envoy: string): string =>
  JSON.stringify(
    JSON.parse(envoy, (_, host) => {
      if (host?.name !== 'tunnels') return host;
      host.domains.push('not-declared.invalid');
      for (const { match, typed_per_filter_config: config } of host.routes) {
        match.headers = undefined;
        config[EXT_PROC] = { '@type': `type.googleapis.com/${PER_ROUTE}`, disabled: true };
      }
      return host;
    }),
  );

/** Objects of an environment, its gateway such a one. */
export const withOpenGateway = (objects: readonly Manifest[]): Manifest[] =>
  objects.map((object) => {
    const { 'envoy.yaml': envoy, ...data } = (object as { data?: Record<string, string> }).data ?? {};
    const isGateways = object.kind === 'ConfigMap' && object.metadata.name.startsWith('gateway-');
    return isGateways && envoy !== undefined
      ? { ...object, data: { ...data, 'envoy.yaml': openGateway(envoy) } }
      : object;
  });
