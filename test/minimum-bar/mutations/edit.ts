import type { Manifest } from '../../../lib/minimum-bar';
import { renamed } from './embedded';

/** Objects as an attacker edits them: loose data. */
// biome-ignore lint/suspicious/noExplicitAny: an attack writes what the types forbid
export type Loose = any;
export type Objects = readonly Manifest[];
export type Attack = (objects: Objects) => Objects;

/** Names of the environment under attack. */
export const E = 'support-desk-test';
export const CONTROL = `${E}-control`;
export const AGENT = 'triage';
export const DIGEST = `sha256:${'1234567890abcdef'.repeat(4)}`;
export const FOREIGN = `registry.example.net/tools/other@${DIGEST}`;
export const ENVIRONMENT = { 'firepit.dev/environment': E };
export const AGENT_LABELS = { ...ENVIRONMENT, 'firepit.dev/component': 'agent', 'firepit.dev/agent': AGENT };
export const GATEWAY_LABELS = { ...ENVIRONMENT, 'firepit.dev/component': 'gateway' };

const copied = (object: Manifest): Loose => structuredClone(object) as Loose;

/** Changes the one object of this kind, name and namespace. @throws when there is none: an attack that misses proves nothing */
export const edit =
  (kind: string, name: string, change: (object: Loose) => void, namespace?: string): Attack =>
  (objects) => {
    const hits = (object: Manifest): boolean =>
      object.kind === kind &&
      object.metadata.name === name &&
      (namespace === undefined || object.metadata.namespace === namespace);
    if (!objects.some(hits)) throw new Error(`no ${kind} ${name} to attack`);
    return objects.map((object) => {
      if (!hits(object)) return object;
      const draft = copied(object);
      change(draft);
      return draft;
    });
  };

/** Changes each object of a kind. */
export const editAll =
  (kind: string, change: (object: Loose) => void): Attack =>
  (objects) =>
    objects.map((object) => {
      if (object.kind !== kind) return object;
      const draft = copied(object);
      change(draft);
      return draft;
    });

export const add =
  (...more: readonly Loose[]): Attack =>
  (objects) => [...objects, ...(more as Manifest[])];

/** Adds a changed copy of an object. */
export const addLike =
  (kind: string, name: string, change: (object: Loose) => void, namespace?: string): Attack =>
  (objects) => {
    const model = objects.find(
      (o) =>
        o.kind === kind && o.metadata.name === name && (namespace === undefined || o.metadata.namespace === namespace),
    );
    if (model === undefined) throw new Error(`no ${kind} ${name} to copy`);
    const draft = copied(model);
    change(draft);
    return [...objects, draft];
  };

export const remove =
  (kind: string, name: string, namespace?: string): Attack =>
  (objects) => {
    const rest = objects.filter(
      (o) =>
        o.kind !== kind || o.metadata.name !== name || (namespace !== undefined && o.metadata.namespace !== namespace),
    );
    if (rest.length === objects.length) throw new Error(`no ${kind} ${name} to remove`);
    return rest;
  };

export const all =
  (...attacks: readonly Attack[]): Attack =>
  (objects) =>
    attacks.reduce((at, attack) => attack(at), objects);

/** The pod template of an agent's Deployment. */
export const agentPod = (change: (spec: Loose, template: Loose) => void): Attack =>
  edit('Deployment', AGENT, ({ spec }) => change(spec.template.spec, spec.template), E);

export const controlPod = (name: string, change: (spec: Loose, template: Loose) => void): Attack =>
  edit('Deployment', name, ({ spec }) => change(spec.template.spec, spec.template), CONTROL);

/** Changes a document inside a ConfigMap whose name starts so, and keeps name, digest and references true to it. */
export const editConfig =
  (prefix: string, key: string, change: (document: Loose) => Loose, parse = true): Attack =>
  (objects) => {
    const is = ({ kind, metadata }: Manifest): boolean =>
      kind === 'ConfigMap' && (metadata.name ?? '').startsWith(prefix);
    const old = objects.find((o) => is(o) && key in ((o as Loose).data ?? {})) as Loose;
    if (old === undefined) throw new Error(`no ConfigMap ${prefix} with ${key}`);
    const text = old.data[key] as string;
    const document = parse ? JSON.parse(text) : text;
    const changed = change(document);
    const result = parse ? document : changed;
    const data = { ...old.data, [key]: parse ? `${JSON.stringify(result, null, 2)}\n` : result };
    if (data[key] === text) throw new Error(`${prefix} ${key} did not change`);
    const name = renamed(old.metadata.name, data);
    return objects.map((object) => {
      if (object === old) return { ...object, data, metadata: { ...object.metadata, name } } as Manifest;
      const written = JSON.stringify(object);
      return object.kind !== 'ConfigMap' && name !== old.metadata.name && written.includes(old.metadata.name)
        ? (JSON.parse(written.replaceAll(old.metadata.name, name)) as Manifest)
        : object;
    });
  };

/** Envoy's configuration of the gateway or of the agent's sidecar. */
export const envoy = (whose: 'gateway' | 'sidecar', change: (config: Loose) => void): Attack =>
  editConfig(whose === 'gateway' ? 'gateway-' : `${AGENT}-sidecar-`, 'envoy.yaml', change);
export const listener = (config: Loose, name: string): Loose =>
  config.static_resources.listeners.find((l: Loose) => l.name === name);
export const manager = (config: Loose, name: string): Loose =>
  listener(config, name).filter_chains[0].filters[0].typed_config;
export const cluster = (config: Loose, name: string): Loose =>
  config.static_resources.clusters.find((c: Loose) => c.name === name);

/** A new object in one of the namespaces. */
export const object = (
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string | undefined,
  rest: Loose = {},
): Loose => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...ENVIRONMENT } },
  ...rest,
});
