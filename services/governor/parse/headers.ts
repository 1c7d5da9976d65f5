import { Denial } from '../denial';

/** Headers as Envoy sends them, names in lower case, in order; a name may come more than once. */
export type Headers = readonly (readonly [name: string, value: string])[];

export const all = (headers: Headers, name: string): string[] =>
  headers.filter(([key]) => key === name).map(([, value]) => value);

/** The one value of a header. Twice is a denial: the next reader might take the other. */
export function one(headers: Headers, name: string): string | undefined {
  const first = headers.find(([key]) => key === name);
  if (first === undefined) return undefined;
  // Asked often, of many headers: this makes nothing that has to be thrown away.
  if (headers.findLast(([key]) => key === name) !== first)
    throw new Denial('header-mismatch', `the header ${name} comes ${all(headers, name).length} times`);
  return first[1];
}

/** Type and parameters of `content-type`, in lower case; undefined where there is none. */
export function mediaType(headers: Headers): string | undefined {
  const value = one(headers, 'content-type');
  if (value === undefined || value === 'application/json') return value;
  const [type = '', ...parameters] = value.split(';').map((part) => part.trim().toLowerCase());
  for (const parameter of parameters)
    if (parameter.startsWith('charset=') && parameter.replace(/"/g, '') !== 'charset=utf-8')
      throw new Denial('unsupported-media-type', 'the charset is not UTF-8');
  return type;
}
