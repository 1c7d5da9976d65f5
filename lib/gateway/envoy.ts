import { anchored } from '../anchors';
import { jsonFile } from '../json';

/** A piece of Envoy configuration: JSON that mirrors Envoy's v3 API. */
export type Envoy = { readonly [key: string]: unknown };

const TYPE = 'type.googleapis.com/';

/** A named extension with its configuration. */
export const extension = (name: string, type: string, config: Envoy = {}): Envoy => ({
  name,
  typed_config: typed(type, config),
});

/** A message where Envoy takes any. */
export const typed = (type: string, config: Envoy = {}): Envoy => ({ '@type': `${TYPE}${type}`, ...config });

export const seconds = (value: number): string => `${value}s`;

export const socket = (address: string, port: number): Envoy => ({ socket_address: { address, port_value: port } });

/** The file a ConfigMap carries: JSON, and with anchors once it is large, because much of it stands hundreds of times. */
export const render = (config: Envoy): string => jsonFile(config, 1, anchored);

/** Text as an RE2 pattern that matches only itself. */
export const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, (c) => `\\${c}`);
