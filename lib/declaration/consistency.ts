import { isIP } from 'node:net';
import type { DeclarationFinding } from '../errors';
import { at, entries, Findings, isRecord, items, keys, words } from './_loose';
import { isCredential, showPath } from './_show';
import { type Cidr, contains, overlaps, parseCidr, rangeProblem } from './cidr';
import { type Endpoint, hostOf } from './endpoint';
import { isService } from './host';
import { ownModelProblems, teamImages } from './own-model-problems';
import { ENDINGS, isOwnNamespace } from './own-namespaces';
import { MAX_OPERATIONS } from './tool';

/** Namespaces that are somebody else's. */
const RESERVED = /^(kube-.*|openshift-.*|openshift|default|firepit-system)$/;

const name = (env: unknown, out: Findings): void => {
  const value = at(env, 'name');
  if (typeof value !== 'string') return;
  if (RESERVED.test(value))
    out.add(
      'name',
      value,
      "a name of the environment's own",
      'the name becomes a namespace: choose one like support-desk',
    );
  for (const ending of ['-control', '-models'])
    if (value.endsWith(ending))
      out.add(
        'name',
        value,
        `a name that does not end in '${ending}'`,
        `that is how ${ending === '-control' ? "an environment's second namespace" : 'the namespace of its models'} ends`,
      );
};

const ranges = (env: unknown, ...path: string[]): [string, Cidr][] =>
  words(at(env, 'platform', ...path)).flatMap(([i, value]): [string, Cidr][] => {
    const cidr = rangeProblem(value) === undefined ? parseCidr(value) : undefined;
    return cidr === undefined ? [] : [[`platform.${path.join('.')}[${i}]`, cidr]];
  });
const written = (cidr: Cidr): string => `${cidr.address}/${cidr.prefix}`;

/** Addresses of a cluster that cannot be two things at once. */
const clusterRanges = (env: unknown, out: Findings): void => {
  const services = ranges(env, 'services');
  for (const others of [ranges(env, 'pods'), ranges(env, 'nodes'), ranges(env, 'apiServer', 'cidrs')])
    for (const [path, cidr] of others) {
      const hit = services.find(([, service]) => overlaps(service, cidr));
      if (hit !== undefined)
        out.add(
          path,
          written(cidr),
          `a range apart from ${hit[0]} (${written(hit[1])})`,
          path.startsWith('platform.apiServer')
            ? 'name the endpoints behind the Service kubernetes, not the Service'
            : 'a ClusterIP is never the address of a pod or node: correct one of the two',
        );
    }
};

const gatewayAddress = (env: unknown, out: Findings): void => {
  const platform = at(env, 'platform');
  const address = at(platform, 'gatewayAddress');
  if (at(platform, 'kind') === 'kubernetes' && at(platform, 'version') === '1.35' && address === undefined)
    out.add(
      'platform.gatewayAddress',
      undefined,
      "a reserved ClusterIP: Kubernetes 1.35 cannot write the gateway's address into pods",
      'reserve a free address of the Service range and set gatewayAddress',
    );
  const services = ranges(env, 'services');
  if (typeof address !== 'string' || isIP(address) === 0 || services.length === 0) return;
  const own = parseCidr(`${address}/${isIP(address) === 4 ? 32 : 128}`) as Cidr;
  if (!services.some(([, service]) => contains(service, own)))
    out.add(
      'platform.gatewayAddress',
      address,
      `an address of platform.services (${services.map(([, s]) => written(s)).join(', ')})`,
      'reserve a free ClusterIP and write it here',
    );
};

/** Identity providers by their paths: the only one, or each of several. */
const identityProviders = (env: unknown): [path: string, provider: unknown][] => {
  const users = at(env, 'users');
  if (at(users, 'kind') !== 'oneOf') return [['users', users]];
  return entries(at(users, 'providers')).map(([name, provider]) => [`users.providers.${name}`, provider]);
};

const upstreams = (env: unknown): [string, unknown][] => [
  ...entries(at(env, 'models')).map(([key, m]): [string, unknown] => [`models.${key}.at`, at(m, 'at')]),
  ...entries(at(env, 'tools')).map(([key, t]): [string, unknown] => [`tools.${key}.at`, at(t, 'at')]),
  ...identityProviders(env).map(([path, provider]): [string, unknown] => [`${path}.at`, at(provider, 'at')]),
  ['state.at', at(env, 'state', 'at')],
  ['platform.telemetry', at(env, 'platform', 'telemetry')],
];

/** Private upstreams may not sit on the cluster's own addresses: those are other pods, nodes or the API server. */
const upstreamRanges = (path: string, endpoint: unknown, env: unknown, out: Findings): void => {
  const cluster = ['pods', 'services', 'nodes']
    .flatMap((key) => ranges(env, key))
    .concat(ranges(env, 'apiServer', 'cidrs'));
  for (const [i, value] of words(at(endpoint, 'cidrs'))) {
    const mine = parseCidr(value);
    const hit = mine === undefined ? undefined : cluster.find(([, range]) => overlaps(mine, range));
    if (hit !== undefined)
      out.add(
        `${path}.cidrs[${i}]`,
        value,
        `a range outside the cluster (it overlaps ${hit[0]}, ${written(hit[1])})`,
        'use InCluster.service for a Service of this cluster',
      );
    const earlier = words(at(endpoint, 'cidrs')).find(
      ([j, other]) => j < i && mine !== undefined && overlaps(mine, parseCidr(other) ?? mine),
    );
    if (earlier !== undefined && parseCidr(earlier[1]) !== undefined)
      out.add(
        `${path}.cidrs[${i}]`,
        value,
        `a range apart from ${earlier[1]}, which stands at [${earlier[0]}]`,
        'remove the narrower of the two',
      );
  }
};

const upstreamNamespace = (path: string, endpoint: unknown, env: unknown, out: Findings): void => {
  const [namespace, own] = [at(endpoint, 'namespace'), at(env, 'name')];
  if (at(endpoint, 'kind') !== 'inCluster' || typeof namespace !== 'string') return;
  if (isOwnNamespace(own, namespace) || /^kube-|^firepit-system$/.test(namespace))
    out.add(
      `${path}.namespace`,
      namespace,
      'a namespace outside the environment and the control plane',
      'run the upstream in a namespace of its own',
    );
};

/** The issuer's URL and the place of its host say the same. */
const identityProvider = (path: string, provider: unknown, out: Findings): void => {
  const [issuer, place] = [at(provider, 'issuer'), at(provider, 'at')];
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) return;
  const { hostname, port } = new URL(issuer);
  if (place === undefined && isService(hostname))
    out.add(
      `${path}.issuer`,
      issuer,
      `${path}.at with the pods behind that Service`,
      'write at: InCluster.service(name, { namespace, port, pods, ca })',
    );
  if (!isRecord(place)) return;
  const host = hostOf(place as unknown as Endpoint);
  if (hostname !== host)
    out.add(
      `${path}.issuer`,
      issuer,
      `the host that ${path}.at places, ${host}`,
      'tokens name the issuer by its URL: write the same host in both',
    );
  else if (at(place, 'port') !== Number(port || 443))
    out.add(`${path}.at.port`, at(place, 'port'), `the port of ${path}.issuer, ${port || 443}`, 'write the same port');
};

const isEveryone = /^(user:system:anonymous|group:system:(authenticated|unauthenticated|serviceaccounts(:.*)?))$/;
const people = (env: unknown, out: Findings): void => {
  const own = at(env, 'name');
  for (const [i, deployer] of words(at(env, 'owner', 'deployers'))) {
    if (isEveryone.test(deployer))
      out.add(
        `owner.deployers[${i}]`,
        deployer,
        'identities of people or tools, not of everyone',
        'name the group or service account that deploys',
      );
    if (ENDINGS.some((ending) => deployer.startsWith(`serviceaccount:${own}${ending}/`)))
      out.add(
        `owner.deployers[${i}]`,
        deployer,
        'an identity outside the environment',
        'what is governed may not change what governs it: deploy from another namespace',
      );
  }
  if (typeof at(env, 'host') === 'string' && at(env, 'host') === at(env, 'approvals', 'host'))
    out.add(
      'approvals.host',
      at(env, 'host'),
      "a host other than the agents' (host)",
      'people who decide and people who ask come through different doors',
    );
  const approvers = words(at(env, 'approvals', 'approvers')).map(([, who]) => who);
  const quorum = at(env, 'approvals', 'quorum');
  if (
    typeof quorum === 'number' &&
    approvers.length > 0 &&
    approvers.length < quorum &&
    approvers.every((who) => who.startsWith('user:'))
  )
    out.add(
      'approvals.quorum',
      quorum,
      `at most ${approvers.length}: there are no more approvers`,
      'name more approvers, or a group',
    );
};

const numberRanges = (path: string, operation: unknown, out: Findings): void => {
  for (const [key, argument] of entries(at(operation, 'arguments'))) {
    const [min, max] = [at(argument, 'min'), at(argument, 'max')];
    if (typeof min === 'number' && typeof max === 'number' && min > max)
      out.add(`${path}.arguments.${key}.min`, min, `at most max, which is ${max}`, 'swap the two');
  }
};

const routeArguments = (path: string, operation: unknown, out: Findings): void => {
  const route = at(operation, 'route', 'path');
  if (typeof route !== 'string') return;
  const segments = [...route.matchAll(/\{([^{}]+)\}/g)].map((m) => m[1] as string);
  for (const [i, segment] of segments.entries()) {
    const where = `${path}.arguments.${segment}`;
    const declared = at(operation, 'arguments', segment);
    if (segments.indexOf(segment) < i)
      out.add(
        `${path}.route.path`,
        route,
        `each {argument} once; {${segment}} stands twice`,
        'name the second segment differently',
      );
    else if (declared === undefined)
      out.add(
        where,
        undefined,
        `the argument that stands in the path as {${segment}}`,
        `add ${segment}: Argument.matches('^[0-9]+$')`,
      );
    else if (at(declared, 'optional') === true)
      out.add(
        where,
        declared,
        'an argument that is always there: it is part of the path',
        'leave Argument.optional out',
      );
  }
};

const routeEffect = (path: string, operation: unknown, out: Findings): void => {
  const [method, effect] = [at(operation, 'route', 'method'), at(operation, 'effect')];
  if (effect === 'read' && ['PUT', 'PATCH', 'DELETE'].includes(String(method)))
    out.add(
      `${path}.effect`,
      effect,
      `'write' or 'destructive' for ${method}`,
      'declare what the operation does to the world',
    );
};

const sameRoutes = (path: string, operations: unknown, out: Findings): void => {
  const seen = new Map<string, string>();
  for (const [key, operation] of entries(operations)) {
    const [method, route] = [at(operation, 'route', 'method'), at(operation, 'route', 'path')];
    if (typeof method !== 'string' || typeof route !== 'string') continue;
    const shape = `${method} ${route.replace(/\{[^{}]+\}/g, '{}')}`;
    const other = seen.get(shape);
    if (other === undefined) seen.set(shape, key);
    else
      out.tell(
        `${path}.${key}.route`,
        `${method} ${route}`,
        `a route of its own; '${other}' has it already`,
        'one route, one operation',
      );
  }
};

const hasRoutes = (value: unknown): boolean => !['mcpServer', 'opaqueHost'].includes(String(at(value, 'kind')));

const tool = (path: string, value: unknown, out: Findings): void => {
  const operations = at(value, 'operations');
  const count = keys(operations).length;
  if (count > MAX_OPERATIONS)
    out.tell(
      path,
      `${count} operations`,
      `at most ${MAX_OPERATIONS} operations`,
      'declare the operations the agents use, or split the tool',
    );
  for (const [key, operation] of entries(operations)) {
    numberRanges(`${path}.${key}`, operation, out);
    if (!hasRoutes(value)) continue;
    routeArguments(`${path}.${key}`, operation, out);
    routeEffect(`${path}.${key}`, operation, out);
  }
  if (hasRoutes(value)) sameRoutes(path, operations, out);
};

const digestOf = (reference: unknown): string | undefined =>
  typeof reference === 'string' ? /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1] : undefined;

/** Admission tells the parts of the control plane apart by their digests, and agents from all of them. */
const imagesOfTheirOwn = (env: unknown, out: Findings): void => {
  const seen = new Map<string, string>();
  const places = [
    ...entries(at(env, 'images', 'images')).map(([part, ref]): [string, unknown] => [`images.images.${part}`, ref]),
    ...teamImages(env),
  ];
  for (const [path, reference] of places) {
    const digest = digestOf(reference);
    if (digest === undefined) continue;
    const other = seen.get(digest);
    if (other !== undefined)
      out.add(
        path,
        reference,
        `an image of its own; ${other} has this digest already`,
        'pin the image that was built for it',
      );
    else if (path.startsWith('images.')) seen.set(digest, path);
  }
};

/** Credentials pasted where no credential belongs, wherever that is. */
const credentials = (env: unknown, out: Findings): void => {
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'string' && isCredential(value))
      out.tell(
        showPath(path),
        '(hidden: it is a credential)',
        'no credential: a declaration never holds one',
        "keep it in a Secret and name that: SecretKey.of('claude', 'key')",
      );
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    items(value).forEach((v, i) => {
      visit(v, [...path, i]);
    });
    for (const [key, v] of entries(value)) {
      visit(key, [...path, key]);
      visit(v, [...path, key]);
    }
  };
  visit(env, []);
};

/** What parts of a declaration say about one another: names, addresses, people, routes. */
export function consistencyProblems(env: unknown): DeclarationFinding[] {
  const out = new Findings();
  if (!isRecord(env)) return [];
  name(env, out);
  clusterRanges(env, out);
  gatewayAddress(env, out);
  for (const [path, endpoint] of upstreams(env)) {
    upstreamRanges(path, endpoint, env, out);
    upstreamNamespace(path, endpoint, env, out);
  }
  for (const [path, provider] of identityProviders(env)) identityProvider(path, provider, out);
  people(env, out);
  for (const [key, value] of entries(at(env, 'tools'))) tool(`tools.${key}.operations`, value, out);
  imagesOfTheirOwn(env, out);
  ownModelProblems(env, out);
  credentials(env, out);
  return out.all;
}
