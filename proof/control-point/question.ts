import { type Names, PORT } from '../../lib/names';
import type { Call } from './calls';

/** A request, as the probe program takes it. */
export interface Question {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long it is asked again until it passes. */
  readonly seconds: number;
}

/** Names are looked up, and policies come into force, after pods run. */
const SECONDS_TO_PASS = 60;

const sidecar = `http://127.0.0.1:${PORT.outbound}`;
/** Where a call goes: to the sidecar, to the gateway's back past it, or to its front. */
const baseOf = ({ past, from }: Call, gateway: string): string => {
  if (from !== undefined) return `https://${gateway}:${PORT.https}`;
  return past === undefined ? sidecar : `https://${gateway}:${PORT.back}`;
};

/** What tells one call from all others, wherever it arrives. */
export const idOf = ({ id, agent }: Call): string => `${id} ${agent}`;

/** A call as the probe makes it. @param more headers that its declaration does not know */
export const questionOf = (call: Call, names: Names, more: Readonly<Record<string, string>> = {}): Question => {
  const { method, path, headers, body = '' } = call.request;
  return {
    id: idOf(call),
    method,
    url: `${baseOf(call, names.service('gateway'))}${path}`,
    headers: { ...headers, ...more, 'firepit-proof': idOf(call) },
    body,
    seconds: call.expect === 'allowed' ? SECONDS_TO_PASS : 0,
  };
};
