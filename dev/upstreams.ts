import type { Auth, Endpoint, EnvironmentDeclaration } from '../lib/declaration';
import { hostOf } from '../lib/declaration/endpoint';
import { authOf } from '../lib/declaration/model';
import { type UpstreamTool, upstreamTools } from '../lib/declaration/tool';
import { modelPlace } from '../lib/model-place';
import { modelStandIn } from './model';
import type { Pki } from './pki';
import { json, type Received, type Speaks, StandIn } from './stand-in';
import { apiStandIn, mcpStandIn } from './tools';

interface Upstream {
  readonly at: Endpoint;
  readonly auth: Auth;
  readonly speaks: Speaks;
}

/** The value of a Secret's key on this machine: it opens nothing anywhere. */
export const credentialOf = ({ secret, key }: { readonly secret: string; readonly key: string }): string =>
  `stand-in-${secret}-${key}`;

const shows = (auth: Auth, { headers }: Received): boolean => {
  if (auth.kind === 'none') return true;
  const value = credentialOf(auth.secret);
  return auth.kind === 'bearer' ? headers.authorization === `Bearer ${value}` : headers[auth.header] === value;
};

/** Answers only whoever brings the credential that the gateway adds. */
const guarded =
  ({ auth, speaks }: Upstream): Speaks =>
  (request) => {
    const reply = speaks(request);
    return reply === undefined || shows(auth, request) ? reply : json({ error: 'no such credential' }, 401);
  };

const standIn = (tool: UpstreamTool): Speaks => {
  if (tool.kind === 'mcpServer') return mcpStandIn(tool);
  // Whatever is asked in a tunnel is between its two ends.
  return tool.kind === 'opaqueHost' ? () => json({ ok: true }) : apiStandIn(tool);
};

const upstreamsOf = ({ name: environment, models, tools }: EnvironmentDeclaration): Upstream[] => [
  ...Object.entries(models).map(([name, model]) => ({
    at: modelPlace(environment, name, model),
    auth: authOf(model),
    speaks: modelStandIn(model),
  })),
  ...upstreamTools(tools).map(([, tool]) => ({
    at: tool.at,
    auth: tool.auth,
    speaks: standIn(tool),
  })),
];

/** Stand-ins for everything that agents use: one server for each host and port. */
export class Upstreams {
  private readonly servers: ReadonlyMap<string, StandIn>;

  constructor(environment: EnvironmentDeclaration, pki: Pki) {
    const byPlace = new Map<string, Upstream[]>();
    for (const upstream of upstreamsOf(environment)) {
      const place = `${hostOf(upstream.at)}:${upstream.at.port}`;
      byPlace.set(place, [...(byPlace.get(place) ?? []), upstream]);
    }
    this.servers = new Map(
      [...byPlace].map(([place, all]) => [place, new StandIn(pki.leaf(place.replace(/:\d+$/, '')), all.map(guarded))]),
    );
  }

  /** @returns `host:port` of each to a port of this machine */
  async listen(): Promise<Record<string, number>> {
    const places: Record<string, number> = {};
    for (const [place, server] of this.servers) places[place] = await server.listen();
    return places;
  }

  /** Whether a request of this trace got through. */
  reached(trace: string): boolean {
    return [...this.servers.values()].some((server) => server.reached.has(trace));
  }

  close(): void {
    for (const server of this.servers.values()) server.close();
  }
}
