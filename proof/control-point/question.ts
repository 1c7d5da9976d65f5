import { HEADER } from '../../lib/gateway/headers';
import { IDENTITY, TOKEN } from '../../lib/gateway/mounts';
import { type Names, PORT } from '../../lib/names';
import type { Call } from './calls';
import type { Tunnelling } from './tunnels';
import { PORTS } from './twin';

/** A request, as the probe program takes it. */
export interface Question {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long it is asked again until it passes. */
  readonly seconds: number;
  /** A tunnel that is asked for at the URL, and in which the rest is asked. */
  readonly tunnel?: Tunnelling;
  /** As whom: files of a certificate and of a token, and the header for that. */
  readonly identity?: { readonly folder: string; readonly token: string; readonly header: string };
}

/** What else a question says that its call does not know. */
interface More {
  readonly headers?: Readonly<Record<string, string>>;
  /** Address of the upstream: nothing in an agent's pod looks names up. */
  readonly upstream?: string;
}

/** Names are looked up, and policies come into force, after pods run. */
const SECONDS_TO_PASS = 60;

const SIDECAR = `http://127.0.0.1:${PORT.outbound}`;
/** A sidecar's own identity, where the sidecar finds it. */
const OWN = { folder: IDENTITY, token: `${TOKEN.directory}/${TOKEN.file}`, header: HEADER.token };

/** Where a call goes: to the sidecar, to the gateway's back past it, to its front, or past the gateway. */
const baseOf = ({ past, from }: Call, gateway: string, upstream: string): string => {
  if (from !== undefined) return `https://${gateway}:${PORT.https}`;
  if (past === 'the gateway') return `https://${upstream.includes(':') ? `[${upstream}]` : upstream}:${PORTS.upstream}`;
  return past === undefined ? SIDECAR : `https://${gateway}:${PORT.back}`;
};

/** What tells one call from all others, wherever it arrives. */
export const idOf = ({ id, agent }: Call): string => `${id} ${agent}`;

/** A call as the probe makes it. */
export const questionOf = (call: Call, names: Names, { headers: more, upstream = '' }: More = {}): Question => {
  const { method, path, headers, body = '' } = call.request;
  const base = baseOf(call, names.service('gateway'), upstream);
  return {
    id: idOf(call),
    method,
    url: call.tunnel === undefined ? `${base}${path}` : base,
    headers: { ...headers, ...more, 'firepit-proof': idOf(call) },
    body,
    seconds: call.expect === 'allowed' ? SECONDS_TO_PASS : 0,
    ...(call.tunnel === undefined ? {} : { tunnel: call.tunnel }),
    ...(call.past === 'the sidecar, as itself' ? { identity: OWN } : {}),
  };
};
