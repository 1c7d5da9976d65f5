import { COMPONENTS, LABEL, modelLabel, objectName, PORT } from '../../names';
import { selects } from '../selectors';
import type { Manifest, Problem, Rule } from '../types';
import { at, isData, record, records, show } from '../values';
import type { View } from '../view';

/** Labels of the pods that a Service of this name stands for; undefined: no such Service is known. */
const standsFor = (view: View, service: Manifest): Readonly<Record<string, string>> | undefined => {
  const { name, namespace } = service.metadata ?? {};
  if (namespace === view.names.control) {
    const component = COMPONENTS.find((c) => c === name);
    return component === undefined ? undefined : { [LABEL.component]: component };
  }
  if (namespace === view.names.models) {
    const model = view.ownModels.map(([m]) => m).find((m) => objectName(m) === name);
    return model === undefined ? undefined : { [LABEL.component]: 'model', [LABEL.agent]: modelLabel(model) };
  }
  const agent = Object.keys(view.declaration.agents)
    .map(objectName)
    .find((a) => a === name);
  return agent === undefined ? undefined : { [LABEL.component]: 'agent', [LABEL.agent]: agent };
};

/** Fields by which a Service reaches beyond pods or is reached from outside. */
const OUTWARD = [
  'externalIPs',
  'externalName',
  'loadBalancerIP',
  'loadBalancerClass',
  'loadBalancerSourceRanges',
  'healthCheckNodePort',
];
const PORTS = new Set<unknown>([PORT.https, PORT.back, PORT.decide, PORT.postgres]);

const portProblems = (service: Manifest): Problem[] =>
  records(at(service.spec, 'ports')).flatMap((port, i) => {
    const path = `spec.ports[${i}]`;
    const out: Problem[] = [];
    if (!PORTS.has(port.port))
      out.push({ object: service, path, problem: `port ${show(port.port)} is none that callers use` });
    if (port.targetPort !== port.port)
      out.push({ object: service, path, problem: `it leads to port ${show(port.targetPort)}` });
    if (port.nodePort !== undefined) out.push({ object: service, path, problem: 'it opens a port of every node' });
    return out;
  });

const serviceProblems = (view: View, service: Manifest): Problem[] => {
  const spec = record(service.spec);
  const out: Problem[] = [];
  const here = (path: string, problem: string): void => {
    out.push({ object: service, path, problem });
  };
  if (spec.type !== undefined && spec.type !== 'ClusterIP')
    here('spec.type', `type ${show(spec.type)} opens it to the outside`);
  for (const field of OUTWARD) if (spec[field] !== undefined) here(`spec.${field}`, `${field} is ${show(spec[field])}`);
  if (spec.publishNotReadyAddresses === true)
    here('spec.publishNotReadyAddresses', 'it sends callers to pods that are not ready');
  const wanted = standsFor(view, service);
  const selector = record(spec.selector);
  const selected = isData(spec.selector)
    ? view.pods.filter(
        (p) => p.namespace === service.metadata?.namespace && selects({ matchLabels: selector }, p.labels),
      )
    : [];
  if (wanted === undefined) here('metadata.name', 'no part of the environment answers under this name');
  else if (selected.length === 0) here('spec.selector', 'it selects no pod of the environment');
  for (const pod of selected)
    if (wanted !== undefined && !Object.entries(wanted).every(([k, v]) => pod.labels[k] === v))
      here('spec.selector', `it sends callers of ${service.metadata?.name} to ${pod.owner.metadata?.name}`);
  return [...out, ...portProblems(service)];
};

/** Names that certificates and configurations use must lead somewhere. */
const missing = (view: View): Problem[] => {
  const parts = COMPONENTS.filter((c) => view.component(c).length > 0).map(
    (name) => [view.names.control, name] as const,
  );
  const agents = Object.keys(view.declaration.agents).map((a) => [view.names.agents, objectName(a)] as const);
  const models = view.ownModels.map(([m]) => [view.names.models, objectName(m)] as const);
  return [...parts, ...agents, ...models]
    .filter(([namespace, name]) => view.find('', 'Service', namespace, name) === undefined)
    .map(([namespace, name]) => ({
      object: `Service ${namespace}/${name}`,
      path: '',
      problem: 'it is not among the objects',
    }));
};

export const rule: Rule = {
  id: 'services-stay-inside',
  layer: 'identity',
  info: 'A Service opens the environment to the outside, or sends callers of one part to another.',
  explanation:
    'names of Services are how parts find each other: a wrong selector hands requests, and their bodies, to another pod; a NodePort is a door past the gateway',
  fix: 'ClusterIP only, one Service per part under its own name and selector; people come in through the declared hosts',
  check: (view) => [
    ...view
      .all('', 'Service')
      .filter((s) => view.namespaces.includes(s.metadata?.namespace ?? ''))
      .flatMap((s) => serviceProblems(view, s)),
    ...missing(view),
    ...view.objects
      .filter((o) => ['Endpoints', 'EndpointSlice'].includes(o.kind))
      .map((object) => ({ object, path: '', problem: 'it names addresses behind a Service by hand' })),
  ],
};
