/** Plain data, walked and changed without touching what it shares. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Step = string | number;
export type Path = readonly Step[];

export const isRecord = (value: unknown): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `spec.containers[0].image`; keys that are not names in quotes. */
export const written = (path: Path): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[A-Za-z_@][A-Za-z0-9_]*$/.test(step)) return `['${step}']`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');

/** Every path below a value, parents first, in a fixed order. */
export function* nodes(value: Json, path: Path = []): Generator<{ readonly path: Path; readonly value: Json }> {
  yield { path, value };
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* nodes(item, [...path, index]);
  else if (isRecord(value)) for (const key of Object.keys(value)) yield* nodes(value[key] as Json, [...path, key]);
}

/** The same tree with one place changed; `undefined` removes it. Everything beside the path is shared. */
export const changedAt = (value: Json, path: Path, to: Json | undefined): Json => {
  const [step, ...rest] = path;
  if (step === undefined) return to as Json;
  if (Array.isArray(value)) {
    if (rest.length === 0 && to === undefined) return value.toSpliced(step as number, 1);
    return value.with(step as number, changedAt(value[step as number], rest, to));
  }
  const record = value as { readonly [key: string]: Json };
  if (rest.length > 0 || to !== undefined)
    return { ...record, [step]: rest.length === 0 ? (to as Json) : changedAt(record[step] as Json, rest, to) };
  const { [step]: _removed, ...others } = record;
  return others;
};

/** The same tree with a key under another name, in its place. */
export const renamedAt = (value: Json, path: Path, to: string): Json => {
  const parent = path.slice(0, -1);
  const last = path.at(-1);
  const holder = parent.reduce<Json>((at, step) => (at as Record<Step, Json>)[step] as Json, value);
  const entries = Object.entries(holder as Record<string, Json>).map(([key, v]) => [key === last ? to : key, v]);
  return changedAt(value, parent, Object.fromEntries(entries));
};
