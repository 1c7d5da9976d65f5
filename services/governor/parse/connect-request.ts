import type { GovernorConfig } from '../../../contract/governor';
import { Denial } from '../denial';
import { RUN_HEADER } from '../identify/runs';
import { all, type Headers } from './headers';
import type { Call, HttpRequest } from './request';

type Tools = GovernorConfig['tools'];
/** A tool that is tunnelled to. */
export type TunnelTool = Required<Pick<Tools[string], 'tunnel'>> & { readonly name: string };

const PROXY = 'proxy-authorization';
/** What speaks of a body; a CONNECT has none, and what follows it is the tunnel (RFC 9110, section 9.3.6). */
const OF_A_BODY = ['content-length', 'transfer-encoding', 'expect', 'upgrade'];

/** The opaque host that a CONNECT asks for, by exactly its declared host and port. */
export function tunnelOf(tools: Tools, target: string): TunnelTool | undefined {
  return Object.entries(tools).flatMap(([name, { tunnel }]) => (tunnel?.to === target ? [{ name, tunnel }] : []))[0];
}

/** `CONNECT host:port`: the one operation of an opaque host. */
export function parseConnect(tools: Tools, { door, path, headers }: HttpRequest): Call {
  const tool = door === 'back' ? tunnelOf(tools, path) : undefined;
  if (tool === undefined)
    throw new Denial('unknown-route', 'nothing is declared to be tunnelled to at this host and port');
  const odd = OF_A_BODY.find((name) => all(headers, name).length > 0);
  if (odd !== undefined) throw new Denial('malformed-message', `a CONNECT has no body, and this one has ${odd}`);
  return { kind: 'operation', tool: tool.name, operation: 'connect', arguments: {}, textual: new Set() };
}

/**
 * Headers of a CONNECT, with the run where it is looked for. Programs that use a proxy send no header of ours, but what
 * stands in the proxy's URL: `http://run:<handle>@127.0.0.1:15001`. What is no handle stays one that nobody knows.
 */
export function withRun(headers: Headers): Headers {
  return headers.map(([name, value]) => (name === PROXY ? ([RUN_HEADER, handleIn(value)] as const) : [name, value]));
}

function handleIn(value: string): string {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(value) ?? [];
  return /^run:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('latin1'))?.[1] ?? '';
}
