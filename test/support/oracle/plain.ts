/** Reading plain manifests without believing anything about them. */
export type Obj = { readonly [key: string]: unknown };

/** One way around a control. */
export interface Hole {
  /** Which question of the oracle it answers. */
  readonly area: string;
  /** In a sentence. */
  readonly what: string;
}

export const isObj = (value: unknown): value is Obj =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const obj = (value: unknown): Obj => (isObj(value) ? value : {});
export const arr = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const objs = (value: unknown): Obj[] => arr(value).filter(isObj);
export const str = (value: unknown): string => (typeof value === 'string' ? value : '');
export const strs = (value: unknown): string[] => arr(value).filter((item) => typeof item === 'string');
/** `at(o, 'spec', 'template')` */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (v, step) => (isObj(v) || Array.isArray(v) ? (v as Record<string | number, unknown>)[step] : undefined),
    value,
  );

export const metadata = (object: Obj): Obj => obj(object.metadata);
export const nameOf = (object: Obj): string => str(metadata(object).name);
export const namespaceOf = (object: Obj): string => str(metadata(object).namespace);
export const title = (object: Obj): string =>
  `${str(object.kind)} ${namespaceOf(object) === '' ? '' : `${namespaceOf(object)}/`}${nameOf(object)}`;

/** Labels as a cluster would keep them. */
export const labelsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(obj(value)).filter((e): e is [string, string] => typeof e[1] === 'string'));

/** Objects of one API. */
export const ofKind = (objects: readonly Obj[], group: string, kind: string): Obj[] =>
  objects.filter(
    (o) => o.kind === kind && (group === '' ? o.apiVersion === 'v1' : str(o.apiVersion).startsWith(`${group}/`)),
  );

export const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isObj(a) && isObj(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
  }
  return a === b;
};

/** Whether a label selector selects; an invalid one is refused by the API server and selects nothing. */
export const selects = (selector: unknown, labels: Readonly<Record<string, string>>): boolean => {
  const { matchLabels, matchExpressions } = obj(selector);
  return (
    Object.entries(obj(matchLabels)).every(([key, value]) => labels[key] === value) &&
    objs(matchExpressions).every(({ key, operator, values }) => {
      const value = labels[str(key)];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      if (operator === 'In') return value !== undefined && strs(values).includes(value);
      if (operator === 'NotIn') return value === undefined || !strs(values).includes(value);
      return false;
    })
  );
};

/** Parsed documents in a ConfigMap's data; what does not parse is no document. */
export const parsed = (text: unknown): unknown => {
  try {
    return JSON.parse(str(text));
  } catch {
    return undefined;
  }
};

/** What of a list of conditions holds, in words. */
export const which = (...conditions: readonly (readonly [holds: boolean, what: string])[]): string[] =>
  conditions.filter(([holds]) => holds).map(([, what]) => what);
