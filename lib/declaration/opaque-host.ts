import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { DeclarationFinding } from '../errors';
import { checked, type Expectation, says, whole } from './_check';
import { at, entries, Findings } from './_loose';
import { type Auth, NoAuth } from './auth';
import { Duration, durationSchema, showSpan } from './duration';
import { type Endpoint, endpointSchema, hostOf } from './endpoint';
import { Operation, Reach, Taint } from './operation';

/** What one tunnel, and all of them together, may take at most. */
export interface Caps {
  /** Bytes of one tunnel, both directions together. */
  readonly bytes: number;
  /** Tunnels of one agent that are open at once, over all governors. */
  readonly connections: number;
  /** How long one tunnel may be open. */
  readonly duration: Duration;
}

/**
 * A host that can only be tunnelled to: its client speaks TLS with it and takes no base URL. Nobody sees into a tunnel,
 * so it is judged as the worst that it may be, and capped: it writes, it leaves the organisation, and what comes back
 * was written by strangers. Its one operation is `connect`.
 */
export interface OpaqueHost<O extends Readonly<Record<string, Operation>> = Readonly<Record<string, Operation>>> {
  readonly kind: 'opaqueHost';
  readonly at: Endpoint;
  /** Always none: nothing can be added to what nobody sees. */
  readonly auth: Auth;
  readonly caps: Caps;
  readonly operations: O;
}

const MEBIBYTE = 1024 * 1024;

/** Caps where none are declared: a few packages, not a disk. */
export const DEFAULT_CAPS: Caps = { bytes: 16 * MEBIBYTE, connections: 4, duration: Duration.minutes(5) };

/** The one thing that can be said of every tunnel; a declaration cannot say less. */
const CONNECT: Operation = Operation.write({ reach: Reach.EXTERNAL, returns: [Taint.UNTRUSTED] });

/** Makes {@link OpaqueHost}s. */
export const OpaqueHost = {
  /**
   * A host that agents tunnel to; they name it as `<tool>.connect`.
   * @param props.caps up to 1 GiB, 64 tunnels and an hour @default - 16 MiB, 4 tunnels, 5 minutes
   */
  at: (host: Endpoint, props: { readonly caps?: Partial<Caps> } = {}): OpaqueHost<{ readonly connect: Operation }> => ({
    auth: NoAuth.because('a tunnel: nothing can be added to what nobody sees'),
    operations: { connect: CONNECT },
    ...props,
    kind: 'opaqueHost',
    at: host,
    caps: { ...DEFAULT_CAPS, ...props.caps },
  }),
} as const;

const none: Expectation = {
  expected: 'no credential: nothing can be added to what nobody sees',
  fix: 'remove auth; an upstream that needs a credential is an McpServer or an HttpApi',
};
const noCredential = says(
  checked(z.looseObject({ kind: z.string() }), ({ kind }) => kind === 'none', none),
  none,
) as unknown as z.ZodType<Auth>;

const worst: Expectation = {
  expected: 'what OpaqueHost.at says of it: connect writes, reaches outside, returns Taint.UNTRUSTED',
  fix: 'write OpaqueHost.at(…) without operations; nobody sees into a tunnel, so no less can be said of it',
};
const operations = checked(
  z.strictObject({
    connect: says(z.strictObject({ effect: z.string(), reach: z.string(), returns: z.array(z.string()) }), worst),
  }),
  ({ connect }) => isDeepStrictEqual(connect, CONNECT),
  worst,
);

export const opaqueHostFields = {
  kind: z.literal('opaqueHost'),
  at: endpointSchema,
  auth: noCredential,
  caps: says(
    z.strictObject({
      bytes: whole(64 * 1024, 1024 * MEBIBYTE),
      connections: whole(1, 64),
      duration: durationSchema(1, 3600),
    }),
    {
      expected: 'caps of a tunnel: bytes, connections and duration',
      fix: 'write caps: { bytes: 16 * 1024 * 1024, connections: 4, duration: Duration.minutes(5) }, or leave it out',
    },
  ),
  operations,
};

/** Caps in words. */
export const capsWords = ({ bytes, connections, duration }: Caps): string =>
  `${connections} at once, each at most ${bytes % MEBIBYTE === 0 ? `${bytes / MEBIBYTE} MiB` : `${bytes} bytes`} and ${showSpan(duration.seconds)}`;

/** The authority that a tunnel is asked for, as clients write it. */
export const tunnelTo = (place: Endpoint): string => `${hostOf(place)}:${place.port}`;

/** What a CONNECT asks for is a host and a port alone, so two tools cannot have the same; and the gateway verifies nothing. */
export function opaqueHostProblems(env: unknown): DeclarationFinding[] {
  const out = new Findings();
  const seen = new Map<string, string>();
  for (const [name, tool] of entries(at(env, 'tools'))) {
    const place = at(tool, 'at');
    if (at(tool, 'kind') !== 'opaqueHost' || !endpointSchema.safeParse(place).success) continue;
    if (at(place, 'ca') !== undefined)
      out.add(
        `tools.${name}.at.ca`,
        at(place, 'ca'),
        'no ca: the client in the tunnel verifies the host, not the gateway',
        'remove it, and give the certificate to the agent in its image',
      );
    const authority = tunnelTo(place as Endpoint);
    const other = seen.get(authority);
    if (other === undefined) seen.set(authority, name);
    else
      out.add(
        `tools.${name}.at`,
        authority,
        `a host and port of its own; '${other}' has them already`,
        `use ${other}.connect: which tool a tunnel belongs to is told by its host alone`,
      );
  }
  return out.all;
}
