import { entriesOf } from '../../entries';
import { PORT } from '../../names';
import type { Manifest, NOT_APPLICABLE, Problem, Rule } from '../types';
import { at, list, record, records, same, show, strings } from '../values';
import type { View } from '../view';

/** Host names of the platform and the one Service behind each; what is in the cluster alone has none. */
const hosts = (view: View): Readonly<Record<string, string>> =>
  Object.fromEntries(entriesOf(view.declaration).flatMap(({ outside, host, name }) => (outside ? [[host, name]] : [])));

/** Kinds that let people in some other way. */
const OTHER_DOORS =
  /^(Ingress|IngressClass|Gateway|GatewayClass|TCPRoute|UDPRoute|TLSRoute|GRPCRoute|ReferenceGrant|VirtualService|ServiceEntry|IngressRoute.*|HTTPProxy|XListenerSet|ListenerSet)$/;

const routeProblems = (view: View, route: Manifest): Problem[] => {
  const { platform } = view.declaration;
  const spec = record(route.spec);
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: route, path, problem });
  };
  const names = strings(spec.hostnames);
  const services = new Set(names.map((name) => hosts(view)[name]));
  if (names.length === 0 || services.has(undefined))
    here('spec.hostnames', `hostnames are ${show(names)}: not those declared`);
  if (platform.kind !== 'kubernetes') here('', 'this platform exposes by Route');
  else
    for (const [i, parent] of records(spec.parentRefs).entries())
      if (parent.name !== platform.ingress.gateway || parent.namespace !== platform.ingress.namespace)
        here(`spec.parentRefs[${i}]`, `it attaches to ${show(parent)}, not to the declared Gateway`);
  records(spec.rules).forEach((rule, i) => {
    if (list(rule.filters).length > 0)
      here(`spec.rules[${i}].filters`, 'a filter rewrites, redirects or copies what people send');
    records(rule.backendRefs).forEach((backend, j) => {
      const path = `spec.rules[${i}].backendRefs[${j}]`;
      const own = backend.namespace === undefined || backend.namespace === view.names.control;
      const plain = (backend.kind === undefined || backend.kind === 'Service') && list(backend.filters).length === 0;
      if (!own || !plain || services.size !== 1 || !services.has(String(backend.name)) || backend.port !== PORT.https)
        here(path, `people who ask for ${names.join(', ')} come to ${show(backend)}`);
    });
  });
  return out;
};

const openshiftProblems = (view: View, route: Manifest): Problem[] => {
  const spec = record(route.spec);
  const wanted = {
    kind: 'Service',
    name: hosts(view)[String(spec.host)],
  };
  const to = record(spec.to);
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: route, path, problem });
  };
  if (wanted.name === undefined) here('spec.host', `host ${show(spec.host)} is not declared`);
  if (to.kind !== wanted.kind || to.name !== wanted.name)
    here('spec.to', `people who ask for ${show(spec.host)} come to ${show(to)}`);
  if (list(spec.alternateBackends).length > 0) here('spec.alternateBackends', 'some requests go elsewhere');
  if (at(spec, 'port', 'targetPort') !== PORT.https)
    here('spec.port', `it leads to port ${show(at(spec, 'port', 'targetPort'))}`);
  if (at(spec, 'tls', 'termination') !== 'passthrough' || at(spec, 'tls', 'insecureEdgeTerminationPolicy') !== 'None')
    here('spec.tls', 'TLS does not reach the environment, or plain HTTP is answered');
  if (spec.wildcardPolicy !== undefined && spec.wildcardPolicy !== 'None')
    here('spec.wildcardPolicy', 'it answers for other hosts');
  return out;
};

/** The Gateway verifies the certificate of each Service it sends people to. */
const unverified = (view: View): Problem[] =>
  view.all('gateway.networking.k8s.io', 'HTTPRoute').flatMap((route) =>
    [...new Set(records(at(route.spec, 'rules')).flatMap((r) => records(r.backendRefs).map((b) => String(b.name))))]
      .filter(
        (name) =>
          !view
            .all('gateway.networking.k8s.io', 'BackendTLSPolicy')
            .some(
              (p) =>
                p.metadata?.namespace === view.names.control &&
                records(at(p.spec, 'targetRefs')).some((t) => t.kind === 'Service' && t.name === name) &&
                at(p.spec, 'validation', 'hostname') === `${name}.${view.names.control}.svc` &&
                same(at(p.spec, 'validation', 'caCertificateRefs'), [
                  { group: '', kind: 'ConfigMap', name: 'ca-bundle' },
                ]),
            ),
      )
      .map((name) => ({
        object: route,
        path: 'spec.rules',
        problem: `nothing makes the Gateway verify the certificate of ${name}`,
      })),
  );

export const rule: Rule = {
  id: 'exposure-is-declared',
  layer: 'identity',
  info: 'People can come in under another host, to another part, or unverified.',
  explanation:
    'the front door of the gateway is where users are known; every other door is one without identity, decision and record',
  fix: 'declare hosts in host and approvals.host; nothing else is exposed, what is declared with Exposure.inCluster has no route, and TLS is verified up to the pod',
  check: (view): readonly Problem[] | typeof NOT_APPLICABLE => [
    ...view.all('gateway.networking.k8s.io', 'HTTPRoute').flatMap((r) => routeProblems(view, r)),
    ...view.all('route.openshift.io', 'Route').flatMap((r) => openshiftProblems(view, r)),
    ...unverified(view),
    ...view.objects
      .filter((o) => OTHER_DOORS.test(o.kind))
      .map((object) => ({ object, path: '', problem: `a ${object.kind} lets somebody in` })),
  ],
};
