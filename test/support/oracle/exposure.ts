import type { Facts } from './facts';
import {
  arr,
  at,
  type Hole,
  labelsOf,
  metadata,
  nameOf,
  namespaceOf,
  type Obj,
  obj,
  objs,
  ofKind,
  selects,
  str,
  strs,
  title,
  which,
} from './plain';

const RESTRICTED = 'pod-security.kubernetes.io/enforce';

const ROUTES = ['HTTPRoute', 'Route', 'Ingress', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'];
const MESH = ['Gateway', 'VirtualService', 'ServiceEntry', 'DestinationRule', 'EnvoyFilter', 'ReferenceGrant'];

/** Ways in from outside that nobody declared, and what stands open around pods. */
export const exposureHoles = (objects: readonly Obj[], facts: Facts): Hole[] =>
  [
    ...objects.flatMap((object) => ofObject(object, objects, facts).map((what) => `${title(object)} ${what}`)),
    ...[facts.E, facts.control, facts.models].flatMap((name) => ofNamespace(name, objects, facts)),
  ].map((what) => ({ area: 'exposure', what }));

const ofObject = (object: Obj, objects: readonly Obj[], facts: Facts): string[] => {
  const kind = str(object.kind);
  if (kind === 'Service' && object.apiVersion === 'v1') return serviceProblems(object, facts);
  if (ROUTES.includes(kind)) return routeProblems(object, objects, facts);
  return which(
    [MESH.includes(kind), 'changes the way traffic goes'],
    [kind === 'Endpoints' || kind === 'EndpointSlice', 'leads where it says'],
  );
};

const ofNamespace = (name: string, objects: readonly Obj[], { environment }: Facts): string[] => {
  const namespace = ofKind(objects, '', 'Namespace').find((ns) => nameOf(ns) === name);
  if (namespace === undefined) return [];
  const labels = labelsOf(metadata(namespace).labels);
  return which(
    [labels[RESTRICTED] !== 'restricted', `namespace ${name} is not restricted`],
    [labels['firepit.dev/environment'] !== environment, `namespace ${name} is outside every policy`],
  );
};

const hostsOf = ({ spec }: Obj): string[] => [
  ...strs(at(spec, 'hostnames')),
  ...(at(spec, 'host') === undefined ? [] : [str(at(spec, 'host'))]),
  ...objs(at(spec, 'rules')).flatMap((rule) => (rule.host === undefined ? [] : [str(rule.host)])),
];

const backendsOf = ({ spec }: Obj): { name: string; namespace: string; port: unknown }[] => [
  ...objs(at(spec, 'rules'))
    .flatMap((rule) => objs(rule.backendRefs))
    .map((ref) => ({ name: str(ref.name), namespace: str(ref.namespace), port: ref.port })),
  ...(at(spec, 'to') === undefined
    ? []
    : [{ name: str(at(spec, 'to', 'name')), namespace: '', port: at(spec, 'port', 'targetPort') }]),
  ...objs(at(spec, 'alternateBackends')).map((b) => ({ name: str(b.name), namespace: '', port: 0 })),
];

const routeProblems = (route: Obj, objects: readonly Obj[], facts: Facts): string[] => {
  const exists = (name: string, namespace: string): boolean =>
    ofKind(objects, '', 'Service').some((s) => nameOf(s) === name && namespaceOf(s) === namespace);
  const hosts = hostsOf(route);
  const behind = [...new Set(hosts.map((host) => facts.hosts[host] ?? 'nobody'))];
  const expected = behind[0];
  const ends = route.kind === 'Route' && at(route, 'spec', 'tls', 'termination') !== 'passthrough';
  return [
    ...which(
      [hosts.length === 0, 'answers to every name'],
      [behind.length > 1, 'answers to names of several'],
      [/"requestMirror"/.test(JSON.stringify(route.spec)), 'is mirrored'],
      [ends, 'ends TLS before the gateway'],
      [route.kind === 'Ingress', 'is an Ingress'],
    ),
    ...hosts.filter((host) => !Object.hasOwn(facts.hosts, host)).map((host) => `answers to ${host}`),
    ...backendsOf(route)
      .map((to) => ({ ...to, namespace: to.namespace === '' ? namespaceOf(route) : to.namespace }))
      .filter(({ name, namespace }) => exists(name, namespace) || namespace !== namespaceOf(route))
      .filter(
        ({ name, namespace, port }) => !(name === expected && namespace === facts.control && Number(port) === 8443),
      )
      .map(({ name, port }) => `leads to ${name}:${String(port)}`),
  ];
};

const serviceProblems = (service: Obj, facts: Facts): string[] => {
  const spec = obj(service.spec);
  const inE = namespaceOf(service) !== facts.control;
  const allowed = inE ? [8443] : [8443, 9443, 50051, 5432];
  const ports = objs(spec.ports).map((p) => Number(p.targetPort ?? p.port));
  const stands = facts.agents.filter(
    ({ name }) =>
      spec.selector !== undefined &&
      selects(
        { matchLabels: spec.selector },
        { 'firepit.dev/agent': name, 'firepit.dev/component': 'agent', 'firepit.dev/environment': facts.environment },
      ),
  );
  return [
    ...which(
      [(spec.type ?? 'ClusterIP') !== 'ClusterIP', `is of type ${str(spec.type)}`],
      [arr(spec.externalIPs).length > 0, 'has outside addresses'],
      [spec.externalName !== undefined, 'is a name for somewhere else'],
      [inE && stands.length > 1, 'stands for more than one agent'],
    ),
    ...ports.filter((port) => !allowed.includes(port)).map((port) => `offers port ${port}`),
  ];
};
