import type { EnvironmentDeclaration } from '../../lib';
import { type BarReport, checkBar, type Manifest, type Rule } from '../../lib/minimum-bar';
import { desk, openshiftDesk } from './desk';
import { objectsOf } from './environment';
import { team } from './team';

// biome-ignore lint/suspicious/noExplicitAny: a mutation may write anything anywhere
type Any = any;

/** Finished objects that a case changes. */
export class Draft {
  objects: Any[];

  constructor(
    readonly declaration: EnvironmentDeclaration,
    objects: readonly Manifest[],
  ) {
    this.objects = structuredClone(objects) as Any[];
  }

  get agents(): string {
    return this.declaration.name;
  }
  get control(): string {
    return `${this.declaration.name}-control`;
  }

  /** The one object of a kind whose name is, or before its digest starts with, this. */
  get(kind: string, name: string, namespace?: string): Any {
    const full = [name, `${this.declaration.name}-${name}`];
    const digest = new RegExp(`^${name}-[a-f0-9]{10}$`);
    const found = this.objects.filter(
      (o) =>
        o.kind === kind &&
        (full.includes(o.metadata.name) || digest.test(o.metadata.name)) &&
        (namespace === undefined || o.metadata.namespace === namespace),
    );
    if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${name}`);
    return found[0];
  }

  /** Pod spec of a workload. */
  pod(name: string, kind = 'Deployment'): Any {
    return this.get(kind, name).spec.template.spec;
  }

  add(object: Any): void {
    this.objects.push(object);
  }

  remove(kind: string, name: string, namespace?: string): void {
    const gone = this.get(kind, name, namespace);
    this.objects = this.objects.filter((o) => o !== gone);
  }

  /** Changes a JSON file inside a ConfigMap. */
  json(map: string, file: string, change: (value: Any) => void): void {
    const { data } = this.get('ConfigMap', map);
    const value = JSON.parse(data[file]);
    change(value);
    data[file] = JSON.stringify(value);
  }

  /** Changes a listener of an Envoy, and its first HTTP connection manager. */
  listener(map: string, name: string, change: (listener: Any, manager: Any) => void): void {
    this.json(map, 'envoy.yaml', (config) => {
      const listener = config.static_resources.listeners.find((l: Any) => l.name === name);
      change(listener, listener.filter_chains[0].filters[0].typed_config);
    });
  }

  /** Changes a cluster of an Envoy. */
  cluster(map: string, name: string, change: (cluster: Any) => void): void {
    this.json(map, 'envoy.yaml', (config) => {
      change(config.static_resources.clusters.find((c: Any) => c.name === name));
    });
  }

  check(now?: Date, rules?: readonly Rule[]): BarReport {
    return checkBar(this.declaration, this.objects as Manifest[], now, rules);
  }
}

const built = new Map<EnvironmentDeclaration, readonly Manifest[]>();

/** A draft of a declaration's objects; they are built once. */
export function draft(declaration: EnvironmentDeclaration = plain()): Draft {
  const objects = built.get(declaration) ?? objectsOf(declaration);
  built.set(declaration, objects);
  return new Draft(declaration, objects);
}

const once = <T>(make: () => T): (() => T) => {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
};
const plain = once(() => desk());
export const onOpenShift = once(() => openshiftDesk());
/** Three agents, two of which others ask. */
export const asTeam = once(() => team());

/** A change, or a change to the objects of another declaration. */
export type Case =
  | ((d: Draft) => void)
  | { readonly of: () => EnvironmentDeclaration; readonly change?: (d: Draft) => void }
  /** The plain objects, judged by a declaration that would not even be accepted. */
  | { readonly judgedBy: () => EnvironmentDeclaration };

/** Cases of each rule: what it must find, and what it must leave alone. */
export type Cases = Readonly<
  Record<
    string,
    { readonly noncompliance: Readonly<Record<string, Case>>; readonly compliance: Readonly<Record<string, Case>> }
  >
>;

/** The report about the objects of a case, by some rules or all of them. */
export function reportOf(of: Case, rules?: readonly Rule[]): BarReport {
  if (typeof of === 'object' && 'judgedBy' in of)
    return new Draft(of.judgedBy(), draft().objects).check(undefined, rules);
  const d = draft(typeof of === 'function' ? undefined : of.of());
  if (typeof of === 'function') of(d);
  else of.change?.(d);
  return d.check(undefined, rules);
}
