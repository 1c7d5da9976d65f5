import { BlockList, isIPv6 } from 'node:net';
import type { Endpoint, EnvironmentDeclaration, PodPeer } from '../../lib/declaration';
import { issuerPort, providersOf } from '../../lib/declaration/people';
import { type Component, PORT } from '../../lib/names';
import { platformOf } from '../../lib/platform';
import { answered, type Cell, governed, type Matrix } from './matrix';
import { CALLER, endpointsOf, neighboursOf, type Party, PROVIDER, type Wire } from './party';

/** A connection that the declaration wants, and what for. Nothing else is wanted. */
export interface Connection {
  readonly from: (party: Party) => boolean;
  readonly to: (party: Party) => boolean;
  readonly wires: readonly Wire[];
  readonly why: string;
}

/** Ranges of the IANA special-purpose registries that no host on the internet has; documentation ranges stand for it. */
const special = new BlockList();
for (const cidr of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3', '168.63.129.16/32', '::/127', '64:ff9b::/96', '64:ff9b:1::/48'],
  ...['100::/64', '2001::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
]) {
  const [address = '', prefix] = cidr.split('/');
  special.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
}
const within = (list: BlockList, address: string): boolean => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

const isPublic = ({ at }: Party): boolean => at.kind === 'address' && !within(special, at.address);
const inRanges = (cidrs: readonly string[]): ((party: Party) => boolean) => {
  const ranges = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    ranges.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return ({ at }) => at.kind === 'address' && within(ranges, at.address);
};
/** Pods of a namespace with at least these labels, whoever they are. */
const podsOf =
  ({ namespace, pods = {} }: PodPeer) =>
  ({ at }: Party): boolean =>
    at.kind === 'pod' &&
    at.namespace === namespace &&
    Object.entries(pods).every(([key, value]) => at.labels[key] === value);
const endpoint = (at: Endpoint): ((party: Party) => boolean) => {
  if (at.kind === 'external') return isPublic;
  return at.kind === 'private' ? inRanges(at.cidrs) : podsOf(at);
};

const part =
  (...components: readonly Component[]) =>
  ({ id }: Party): boolean =>
    components.some((component) => component === id);
const agents = ({ id, at }: Party): boolean => at.kind === 'pod' && at.made && id.startsWith('agent ');

const tcp = (port: number): Wire[] => [{ protocol: 'TCP', port }];
const KEEP_STATE = ['governor', 'approvals', 'warden', 'ledger'] as const;
const SCRAPED = ['gateway', ...KEEP_STATE] as const;

/** Who calls what is declared; models and tools are the gateway's alone. */
const usersOf = (id: string): readonly Component[] => {
  if (id === 'telemetry') return SCRAPED;
  if (id === 'state') return KEEP_STATE;
  return id.startsWith(PROVIDER) ? ['governor', 'approvals'] : ['gateway'];
};

/** Everything the declaration wants to be possible, as sentences a reviewer can judge. */
export const connectionsOf = (declaration: EnvironmentDeclaration): Connection[] => {
  const { host, platform, state, users } = declaration;
  const neighbour = (id: string): ((party: Party) => boolean) =>
    podsOf(neighboursOf(declaration).get(id) ?? { namespace: '' });
  const want = (
    why: string,
    from: Connection['from'],
    to: Connection['to'],
    wires: Connection['wires'],
  ): Connection => ({ from, to, wires, why });
  const dns = platformOf(platform).dns.port;
  const callers =
    typeof host === 'string' ? [neighbour('ingress')] : host.from.map((_, i) => neighbour(`${CALLER} ${i + 1}`));
  return [
    ...callers.map((caller) => want('people ask agents', caller, part('gateway'), tcp(PORT.https))),
    want('people decide', neighbour('ingress'), part('approvals'), tcp(PORT.https)),
    want('an agent calls models and tools', agents, part('gateway'), tcp(PORT.back)),
    want('an agent is asked', part('gateway'), agents, tcp(PORT.https)),
    want('each request is decided', part('gateway'), part('governor'), tcp(PORT.decide)),
    want('approvals, alarms and records', part('governor'), part('approvals', 'warden', 'ledger'), tcp(PORT.back)),
    want('decisions of people', part('approvals'), part('warden', 'ledger'), tcp(PORT.back)),
    want('containment is recorded', part('warden'), part('ledger'), tcp(PORT.back)),
    want('alerts', neighbour('Falco'), part('warden'), tcp(PORT.https)),
    want('metrics', neighbour('monitoring'), part(...SCRAPED), tcp(PORT.metrics)),
    want('names', part(...SCRAPED), neighbour('name servers'), [{ protocol: 'UDP', port: dns }, ...tcp(dns)]),
    want(
      'keys of tokens, containment',
      part('governor', 'warden'),
      inRanges(platform.apiServer.cidrs),
      tcp(platform.apiServer.port),
    ),
    ...providersOf(users).flatMap(([, provider]) =>
      provider.at === undefined
        ? [want(`the ${PROVIDER}`, part(...usersOf(PROVIDER)), isPublic, tcp(issuerPort(provider)))]
        : [],
    ),
    ...(state.kind === 'bundled' ? [want('state', part(...KEEP_STATE), part('postgres'), tcp(PORT.postgres))] : []),
    ...[...endpointsOf(declaration)].map(([id, at]) =>
      want(`the ${id}`, part(...usersOf(id)), endpoint(at), tcp(at.port)),
    ),
  ];
};

const wants = ({ from, to, wires }: Connection, cell: Cell): boolean =>
  from(cell.from) &&
  to(cell.to) &&
  wires.some(({ protocol, port }) => protocol === cell.wire.protocol && port === cell.wire.port);

/** Who may reach whom by the declaration alone: no manifest is read. */
export const intended = (declaration: EnvironmentDeclaration, cells: readonly Cell[]): Matrix => {
  const connections = connectionsOf(declaration);
  return answered(cells, (cell) => connections.some((connection) => wants(connection, cell)));
};

/**
 * What each side by itself should let through: the policies of a sender and of a receiver hold alone, so that one
 * mistake opens nothing. Towards a quarantined agent the other side stays as it was; the agent's own side is closed.
 */
export const intendedSides = (
  declaration: EnvironmentDeclaration,
  cells: readonly Cell[],
): { sends(cell: Cell): boolean; receives(cell: Cell): boolean } => {
  const connections = connectionsOf(declaration);
  const healthy = new Map(cells.map(({ to }) => [to.id, to]));
  const before = (party: Party): Party => healthy.get(party.id.replace(/, quarantined$/, '')) ?? party;
  const may = (cell: Cell): boolean => connections.some((connection) => wants(connection, cell));
  return {
    sends: (cell) => !governed(cell.from) || may({ ...cell, to: before(cell.to) }),
    receives: (cell) => !governed(cell.to) || may({ ...cell, from: before(cell.from) }),
  };
};

/** The open cells of the intended matrix with what each is for, one line a connection; everything else is closed. */
export const intendedTable = (declaration: EnvironmentDeclaration, cells: readonly Cell[]): string => {
  const connections = connectionsOf(declaration);
  const rows = cells.flatMap((cell) => {
    const why = connections.filter((connection) => wants(connection, cell)).map((connection) => connection.why);
    return why.length === 0
      ? []
      : [[cell.from.id, cell.to.id, `${cell.wire.port}/${cell.wire.protocol}`, [...new Set(why)].join('; ')]];
  });
  const head = ['from', 'to', 'port', 'what for'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((value, i) => value.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line), `${rows.length} connections open, ${cells.length - rows.length} closed`].join(
    '\n',
  );
};
