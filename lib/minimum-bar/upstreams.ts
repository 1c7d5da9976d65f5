import type { Auth, Endpoint, EnvironmentDeclaration } from '../declaration';
import { hostOf } from '../declaration/endpoint';
import { upstreamTools } from '../declaration/tool';
import { placedModels } from '../model-place';
import { DEFAULT_MODEL_PORT, LABEL, modelLabel, PORT } from '../names';
import type { Bootstrap } from './envoy';
import { agentOf } from './pods';
import type { View } from './view';

/** Where an Envoy of the environment may connect to. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  /** Name in the certificate; undefined on loopback, where the agent listens in plain, and where tunnels end. */
  readonly certificate: string | undefined;
  /** Where the address must lie, and the credential; undefined for parts of the environment. */
  readonly at?: Endpoint;
  readonly auth?: Auth;
  /** Prefixes of paths that lead there. */
  readonly prefix?: string;
  /** The opaque host that it is, to which only tunnels lead. */
  readonly tunnel?: string;
}

const part = (host: string, port: number): Upstream[] =>
  [host, `${host}.cluster.local`].map((name) => ({ host: name, port, certificate: host }));

/** What agents may use, by the declaration. */
export const declaredUpstreams = (view: View): readonly Upstream[] =>
  view.once('declared upstreams', () => upstreamsOf(view.declaration));

const upstreamsOf = (declaration: EnvironmentDeclaration): readonly Upstream[] => {
  const { agents, tools } = declaration;
  const usedModels = new Set(Object.values(agents).flatMap((agent) => agent.models));
  const usedTools = new Set(Object.values(agents).flatMap((agent) => agent.tools.map((t) => t.split('.', 1)[0])));
  return [
    ...placedModels(declaration)
      .filter(([name]) => usedModels.has(name))
      .map(([name, { at, auth }]) => ({ prefix: `/models/${name}`, at, auth })),
    ...upstreamTools(tools)
      .filter(([name]) => usedTools.has(name))
      .map(([name, { at, auth, kind }]) => ({
        ...(kind === 'opaqueHost' ? { tunnel: name } : { prefix: `/tools/${name}` }),
        at,
        auth,
      })),
  ].map((upstream) => ({
    ...upstream,
    host: hostOf(upstream.at),
    port: upstream.at.port,
    certificate: 'tunnel' in upstream ? undefined : hostOf(upstream.at),
  }));
};

/** The authority under which agents ask one another, where any does. */
export const peersDomain = ({ declaration: { agents, tools }, names }: View): string | undefined => {
  const used = Object.values(agents).flatMap((agent) => agent.tools.map((operation) => operation.split('.')[0] ?? ''));
  return used.some((tool) => tools[tool]?.kind === 'peer') ? `agents.${names.service('gateway')}` : undefined;
};

/** Everything one Envoy may connect to. */
export const mayConnect = (view: View, { role, pod }: Bootstrap): readonly Upstream[] => {
  const { names, declaration } = view;
  if (role === 'sidecar') {
    const agent = agentOf(declaration, pod);
    return [
      ...part(names.service('gateway'), PORT.back),
      { host: '127.0.0.1', port: agent?.[1].port ?? 8080, certificate: undefined },
    ];
  }
  if (role === 'model') {
    const model = view.ownModels.find(([name]) => modelLabel(name) === pod.labels[LABEL.agent]);
    return model === undefined
      ? []
      : [
          { host: '127.0.0.1', port: model[1].server.port ?? DEFAULT_MODEL_PORT, certificate: undefined },
          { host: '127.0.0.1', port: PORT.https, certificate: names.modelHost(model[0]) },
        ];
  }
  return view.once('upstreams of the gateway', () => [
    ...Object.keys(declaration.agents).flatMap((agent) => part(names.agentHost(agent), PORT.https)),
    ...part(names.service('governor'), PORT.decide),
    { host: '127.0.0.1', port: PORT.back, certificate: names.service('gateway') },
    ...declaredUpstreams(view),
  ]);
};
