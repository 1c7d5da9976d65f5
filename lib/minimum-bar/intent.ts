import type { Endpoint, PodPeer } from '../declaration';
import { NOT_PUBLIC_V4, NOT_PUBLIC_V6 } from '../declaration/cidr';
import { issuerPort, providersOf } from '../declaration/people';
import { upstreamTools } from '../declaration/tool';
import { entriesOf } from '../entries';
import { placedModels } from '../model-place';
import { type Component, FALCO_PODS, LABEL, PORT, SYSTEM_NAMESPACE } from '../names';
import { platformOf } from '../platform';
import { within } from './cidrs';
import type { Allowance, Direction, PortRange } from './network';
import { pins } from './selectors';
import type { View } from './view';

/** One connection that the declaration intends. */
export interface Intent {
  /** For the reader of a finding. */
  readonly what: string;
  readonly to:
    | { readonly kind: 'pods'; readonly namespace: string; readonly labels: Readonly<Record<string, string>> }
    | { readonly kind: 'ranges'; readonly cidrs: readonly string[] }
    | { readonly kind: 'public' };
  readonly ports: readonly { readonly protocol: 'TCP' | 'UDP'; readonly port: number }[];
}

const tcp = (port: number): Intent['ports'] => [{ protocol: 'TCP', port }];

const peer = (what: string, { namespace, pods }: PodPeer, ports: Intent['ports']): Intent => ({
  what,
  to: { kind: 'pods', namespace, labels: pods ?? {} },
  ports,
});

const upstream = (what: string, at: Endpoint): Intent => {
  if (at.kind === 'external') return { what, to: { kind: 'public' }, ports: tcp(at.port) };
  if (at.kind === 'private') return { what, to: { kind: 'ranges', cidrs: at.cidrs }, ports: tcp(at.port) };
  return peer(what, { namespace: at.namespace, pods: at.pods }, tcp(at.port));
};

type Table = Readonly<Record<Component, Readonly<Record<Direction, readonly Intent[]>>>>;

/** Who talks to whom, by the declaration alone. */
export const intents = (view: View): Table =>
  view.once('intents', () => {
    const { declaration, names } = view;
    const facts = platformOf(declaration.platform);
    const { apiServer, monitoring, telemetry } = declaration.platform;
    const part = (component: Component, port: number): Intent =>
      peer(
        component,
        {
          namespace: names.control,
          pods: { [LABEL.environment]: names.environment, [LABEL.component]: component },
        },
        tcp(port),
      );
    const agents = (port: number): Intent =>
      peer(
        'agents',
        { namespace: names.agents, pods: { [LABEL.environment]: names.environment, [LABEL.component]: 'agent' } },
        tcp(port),
      );
    const [front, decisions] = entriesOf(declaration).map(({ from }) =>
      from.map((pods) => peer('people', pods, tcp(PORT.https))),
    ) as [Intent[], Intent[]];
    const scrape = peer('monitoring', monitoring, tcp(PORT.metrics));
    const dns = peer('name servers', facts.dns, [
      { protocol: 'UDP', port: facts.dns.port },
      { protocol: 'TCP', port: facts.dns.port },
    ]);
    const api: Intent = {
      what: 'the API server',
      to: { kind: 'ranges', cidrs: apiServer.cidrs },
      ports: tcp(apiServer.port),
    };
    const state =
      declaration.state.kind === 'postgres'
        ? upstream('its state', declaration.state.at)
        : part('postgres', PORT.postgres);
    const issuers = providersOf(declaration.users).map(([name, provider]): Intent => {
      const what = name === undefined ? 'the identity provider' : `the identity provider ${name}`;
      return provider.at === undefined
        ? { what, to: { kind: 'public' }, ports: tcp(issuerPort(provider)) }
        : upstream(what, provider.at);
    });
    const common = [dns, upstream('telemetry', telemetry)];
    const upstreams = [...placedModels(declaration), ...upstreamTools(declaration.tools)].map(([name, { at }]) =>
      upstream(name, at),
    );
    const back = (...components: readonly Component[]): Intent[] => components.map((c) => part(c, PORT.back));
    return {
      gateway: {
        ingress: [...front, agents(PORT.back), scrape],
        egress: [part('governor', PORT.decide), agents(PORT.https), ...upstreams, ...common],
      },
      governor: {
        ingress: [part('gateway', PORT.decide), scrape],
        egress: [...back('approvals', 'warden', 'ledger'), state, api, ...issuers, ...common],
      },
      approvals: {
        ingress: [...decisions, ...back('governor'), scrape],
        egress: [...back('warden', 'ledger'), state, ...issuers, ...common],
      },
      warden: {
        ingress: [
          peer('Falco', { namespace: SYSTEM_NAMESPACE, pods: FALCO_PODS }, tcp(PORT.https)),
          ...back('governor', 'approvals'),
          scrape,
        ],
        egress: [...back('ledger'), api, state, ...common],
      },
      ledger: { ingress: [...back('governor', 'approvals', 'warden'), scrape], egress: [state, ...common] },
      postgres: {
        ingress: (['governor', 'approvals', 'warden', 'ledger'] as const).map((c) => part(c, PORT.postgres)),
        egress: [],
      },
    };
  });

/** Whether everything that is not public is cut out of a range. */
const isPublic = (cidr: string, except: readonly string[]): boolean => {
  const outside = cidr.includes(':') ? NOT_PUBLIC_V6 : NOT_PUBLIC_V4;
  return outside.every((range) => except.some((e) => within(range, e)));
};

const reaches = ({ peer, namespace }: Allowance, { to }: Intent): boolean => {
  if (peer.kind === 'anyone') return false;
  if (peer.kind === 'block') {
    if (to.kind === 'public') return isPublic(peer.cidr, peer.except);
    return to.kind === 'ranges' && to.cidrs.some((cidr) => within(peer.cidr, cidr));
  }
  if (to.kind !== 'pods') return false;
  const inNamespace =
    peer.namespaces === undefined
      ? namespace === to.namespace
      : pins(peer.namespaces, 'kubernetes.io/metadata.name', to.namespace);
  return inNamespace && Object.entries(to.labels).every(([key, value]) => pins(peer.pods, key, value));
};

const portsOf = (range: PortRange, { ports }: Intent): boolean =>
  typeof range.from === 'number' &&
  range.to === range.from &&
  ports.some((p) => p.protocol === range.protocol && p.port === range.from);

/** Whether an allowance opens nothing that an intent does not want. */
export const intended = (allowance: Allowance, wanted: readonly Intent[]): boolean => {
  const candidates = wanted.filter((intent) => reaches(allowance, intent));
  return allowance.ports !== 'every' && allowance.ports.every((range) => candidates.some((i) => portsOf(range, i)));
};

/** Whether an allowance gives what an intent wants, or a part of its ranges. */
export const serves = (allowance: Allowance, intent: Intent): boolean =>
  reaches(allowance, intent) &&
  (allowance.ports === 'every' ||
    intent.ports.every((p) =>
      (allowance.ports as readonly PortRange[]).some((r) => r.protocol === p.protocol && r.from === p.port),
    ));
