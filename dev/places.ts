import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAnchored } from '../lib/anchors';
import { render } from '../lib/gateway/envoy';

type Json = Record<string, unknown>;

/** How the generated configuration is moved onto this machine: nothing in it changes but places. */
export interface Places {
  /** Directory for every file. */
  readonly root: string;
  /** Listener and loopback ports; none ⇒ sockets stay as they are. */
  readonly ports: Readonly<Record<number, number>>;
  /** `host:port` of the configuration to a port of this machine. */
  readonly hosts: Readonly<Record<string, number>>;
}

const PATHS = ['/etc/envoy', '/var/run/firepit', '/var/run/envoy'];
const QUOTED = new RegExp(`"((?:${PATHS.join('|')})/[^"]*)"`, 'g');
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';
/** Name, in the root, of what stands for the system's trust store. */
export const SYSTEM_CA_FILE = 'system-ca.crt';
const UPSTREAM_GUARD = 'envoy.filters.http.upstream_rbac';

const movePath = (value: string, root: string): string => {
  if (value === SYSTEM_CA) return join(root, SYSTEM_CA_FILE);
  if (PATHS.some((prefix) => value === prefix || value.startsWith(`${prefix}/`))) return join(root, value);
  // A script names files in quotes.
  return value.replace(QUOTED, (_, path) => `"${join(root, path)}"`);
};

const moveSocket = (value: Json, places: Places): Json => {
  const host = String(value.address);
  const port = Number(value.port_value);
  const moved = host === '0.0.0.0' || host === '127.0.0.1' ? places.ports[port] : places.hosts[`${host}:${port}`];
  if (moved === undefined && Object.keys(places.ports).length === 0) return value;
  // A place that nobody listens on, where there is no stand-in.
  return { address: '127.0.0.1', port_value: moved ?? 1 };
};

const move = (value: unknown, places: Places): unknown => {
  if (typeof value === 'string') return movePath(value, places.root);
  if (Array.isArray(value)) return value.map((item) => move(item, places));
  if (typeof value !== 'object' || value === null) return value;
  if ('port_value' in value) return moveSocket(value as Json, places);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, move(v, places)]));
};

/** Writes a mounted volume as kubelet does: a dated directory behind `..data`, swapped in one step. */
export function mountFiles(root: string, directory: string, files: Readonly<Record<string, string>>): void {
  const target = join(root, directory);
  mkdirSync(target, { recursive: true });
  const dated = `..${process.hrtime.bigint()}`;
  mkdirSync(join(target, dated));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(target, dated, name), content);
  symlinkSync(dated, join(target, '..data_tmp'));
  renameSync(join(target, '..data_tmp'), join(target, '..data'));
  for (const name of Object.keys(files))
    if (!existsSync(join(target, name))) symlinkSync(join('..data', name), join(target, name));
}

/** Writes the configuration, moved, and returns the path of the bootstrap. */
export function writeConfig(
  files: Readonly<Record<string, string>>,
  places: Places,
  edit: (bootstrap: Json) => unknown = (same) => same,
): string {
  const directory = join(places.root, '/etc/envoy');
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(places.root, '/var/run/envoy'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const moved = move(readAnchored(content), places) as Json;
    // In a pod every volume is mounted before Envoy starts.
    for (const [, watched] of JSON.stringify(moved).matchAll(/"watched_directory":\{"path":"([^"]+)"/g))
      mkdirSync(watched as string, { recursive: true });
    // Written as it was generated: what Envoy must be able to read is that.
    writeFileSync(join(directory, name), render((name === 'envoy.yaml' ? edit(moved) : moved) as Json));
  }
  return join(directory, 'envoy.yaml');
}

/** The one address that a stand-in may have. */
const loopback = {
  matcher: {
    name: 'envoy.rbac.matchers.upstream_ip_port',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher',
      upstream_ip: { address_prefix: '127.0.0.1', prefix_len: 32 },
    },
  },
};

/** A bootstrap whose upstreams may be on loopback, and nowhere else: addresses are places as well. */
export const withLoopbackUpstreams = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withLoopbackUpstreams);
  if (typeof value !== 'object' || value === null) return value;
  const { name, typed_config: config } = value as Json;
  if (name !== UPSTREAM_GUARD)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withLoopbackUpstreams(v)]));
  const policies = { addresses: { permissions: [loopback], principals: [{ any: true }] } };
  return { name, typed_config: { ...(config as Json), rules: { action: 'ALLOW', policies } } };
};
