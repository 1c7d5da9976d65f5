import { all, type Headers } from '../parse/headers';
import { KINDS, type Kind } from './messages';

/** A part that does not belong where it came: Envoy is not ours, or not what it was. Nothing more is said. */
export class OutOfOrder extends Error {
  override readonly name = 'OutOfOrder';
}

/** Where an exchange stands. */
export type State =
  | 'requestHeaders'
  | 'requestBody'
  | 'responseHeaders'
  | 'responseBody'
  | 'events'
  | 'tunnel'
  | 'refused'
  | 'over';

/** What may come next. */
export const EXPECTED: Readonly<Record<State, readonly Kind[]>> = {
  requestHeaders: ['requestHeaders'],
  requestBody: ['requestBody'],
  responseHeaders: ['responseHeaders'],
  responseBody: ['responseBody', 'responseTrailers'],
  events: ['responseBody', 'responseTrailers'],
  // Both directions at once.
  tunnel: ['requestBody', 'responseHeaders', 'responseBody', 'requestTrailers', 'responseTrailers'],
  // What was on its way when the refusal was said.
  refused: KINDS,
  over: [],
};

/** The one value of a header that HTTP itself has. @throws OutOfOrder */
export const pseudo = (headers: Headers, name: string): string => {
  const [value, ...more] = all(headers, name);
  if (value === undefined || more.length > 0) throw new OutOfOrder(`found ${name} ${more.length + 1} times or never`);
  return value;
};
