import { PORT } from '../../names';
import {
  type Bootstrap,
  bootstraps,
  chainsOf,
  clustersOf,
  endpointsOf,
  listenersOf,
  managersOf,
  ownerOf,
  typeOf,
  upstreamFilters,
} from '../envoy';
import type { Problem, Rule } from '../types';
import { declaredUpstreams, peersDomain } from '../upstreams';
import { at, type Data, json, records, same, show, string, strings } from '../values';
import type { View } from '../view';

/** The file in a mounted Secret that a generic secret of a bootstrap reads: `claude/key`. */
const sourceOf = ({ pod, container, file }: Bootstrap, credential: unknown): string => {
  const path = string(at(credential, 'sds_config', 'path_config_source', 'path')) ?? '';
  const described = json(at(file?.map, 'data', path.split('/').pop() ?? ''));
  const secret = records(at(described, 'resources')).find((r) => r.name === at(credential, 'name'));
  const filename = string(at(secret, 'generic_secret', 'secret', 'filename')) ?? '';
  const mount = records(container.container.volumeMounts).find((m) => filename.startsWith(`${m.mountPath}/`));
  const volume = records(pod.spec.volumes).find((v) => v.name === mount?.name);
  const name =
    at(volume, 'secret', 'secretName') ?? at(volume, 'projected', 'sources', 0, 'serviceAccountToken', 'audience');
  return `${show(name)}/${filename.split('/').pop()}`;
};

interface Injection {
  readonly header: string;
  readonly prefix: string;
  readonly source: string;
  readonly strict: boolean;
}

const injections = (bootstrap: Bootstrap, cluster: Data): readonly Injection[] =>
  upstreamFilters(cluster)
    .filter((f) => typeOf(f) === 'CredentialInjector')
    .map((filter) => {
      const config = at(filter, 'typed_config', 'credential', 'typed_config');
      return {
        header: string(at(config, 'header')) ?? 'authorization',
        prefix: string(at(config, 'header_value_prefix')) ?? '',
        source: sourceOf(bootstrap, at(config, 'credential')),
        strict:
          at(filter, 'typed_config', 'overwrite') === true &&
          at(filter, 'typed_config', 'allow_request_without_credential') !== true &&
          filter.disabled !== true,
      };
    });

/** What an upstream of the gateway is asked with, by the declaration. */
const wanted = (view: View, cluster: Data): Injection | 'nothing' | undefined => {
  const [address] = endpointsOf(cluster);
  const [host, port] = [at(address, 'socket_address', 'address'), at(address, 'socket_address', 'port_value')];
  const auths = declaredUpstreams(view).filter((u) => u.host === host && u.port === port);
  const matching = auths.map(({ auth }): Injection | 'nothing' => {
    if (auth === undefined || auth.kind === 'none') return 'nothing';
    return {
      header: auth.kind === 'bearer' ? 'authorization' : auth.header,
      prefix: auth.kind === 'bearer' ? 'Bearer ' : '',
      source: `${auth.secret.secret}/${auth.secret.key}`,
      strict: true,
    };
  });
  // Two declared upstreams may share a host; each cluster carries what one of them declares, be it nothing.
  const own = injectionKey(view, cluster);
  return matching.find((m) => (m === 'nothing' ? own.length === 0 : own.includes(m.source))) ?? matching[0];
};

const injectionKey = (view: View, cluster: Data): readonly string[] =>
  bootstraps(view)
    .filter(({ role }) => role === 'gateway')
    .flatMap((b) => injections(b, cluster).map((i) => i.source));

const clusterProblems = (view: View, bootstrap: Bootstrap, cluster: Data): string[] => {
  const found = injections(bootstrap, cluster);
  const want = bootstrap.role === 'gateway' ? wanted(view, cluster) : undefined;
  if (bootstrap.role === 'sidecar')
    return found.every((i) => i.header === 'x-firepit-token' && i.strict)
      ? []
      : ['its sidecar adds another credential than its token'];
  if (want === undefined || want === 'nothing')
    return found.map((i) => `it adds the credential ${i.source}, and none was declared for it`);
  if (found.length !== 1) return [`it adds ${found.length} credentials, and one was declared`];
  return found.flatMap((i) => [
    ...(i.source === want.source ? [] : [`it adds ${i.source}, and ${want.source} was declared`]),
    ...(i.header === want.header && i.prefix === want.prefix
      ? []
      : [`it adds the credential as ${i.header} '${i.prefix}…'`]),
    ...(i.strict ? [] : ['a request without the credential, or with one of the agent, goes on']),
  ]);
};

/** The sidecar shows its token to the gateway. */
const tokenless = (bootstrap: Bootstrap): Problem[] =>
  bootstrap.role !== 'sidecar' ||
  clustersOf(bootstrap).some(({ value }) => injections(bootstrap, value).some((i) => i.header === 'x-firepit-token'))
    ? []
    : [
        {
          object: ownerOf(bootstrap),
          path: "data['envoy.yaml']",
          problem: 'it does not show its token to the gateway',
        },
      ];

/** What nobody may bring along through a door, by header. */
const MUST_GO: Readonly<Record<number, readonly string[]>> = {
  [PORT.https]: ['authorization', 'cookie', 'x-firepit-token'],
  [PORT.back]: ['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'x-firepit-token', 'x-firepit-run'],
};

const carried = (view: View, bootstrap: Bootstrap): Problem[] =>
  bootstrap.role === 'sidecar'
    ? []
    : listenersOf(bootstrap).flatMap(({ value, path }) => {
        const must = MUST_GO[Number(at(value, 'address', 'socket_address', 'port_value'))] ?? [];
        const hosts = chainsOf(value)
          .flatMap((chain) => managersOf(chain) ?? [])
          .flatMap((m) => records(at(m, 'route_config', 'virtual_hosts')));
        // The handle goes on to agents, where it is the one that the governor gave.
        const peers = peersDomain(view);
        return hosts.flatMap((host) =>
          must
            .filter((header) => header !== 'x-firepit-run' || peers === undefined || !same(host.domains, [peers]))
            .filter((header) => !strings(host.request_headers_to_remove).includes(header))
            .map((header) => ({
              object: ownerOf(bootstrap),
              path,
              problem: `the header ${header} of the caller goes on`,
            })),
        );
      });

export const rule: Rule = {
  id: 'credentials-go-to-their-upstream',
  layer: 'identity',
  info: 'A credential is added for another upstream than the one it was declared for, or callers bring their own.',
  explanation:
    'a key sent to the wrong host is a key given away; a key that an agent brings along is one that nobody declared',
  fix: 'declare auth with the upstream it belongs to; the gateway removes what callers bring and adds exactly that',
  check: (view) =>
    bootstraps(view).flatMap((bootstrap) => [
      ...clustersOf(bootstrap).flatMap(({ value, path }) =>
        clusterProblems(view, bootstrap, value).map((problem) => ({ object: ownerOf(bootstrap), path, problem })),
      ),
      ...tokenless(bootstrap),
      ...carried(view, bootstrap),
    ]),
};
