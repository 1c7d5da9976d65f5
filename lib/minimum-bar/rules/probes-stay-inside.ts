import type { PlacedContainer, PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, list, record, show } from '../values';

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;
/** Handlers of probes and lifecycle hooks that run in the container or ask the pod itself. */
const HANDLERS = ['httpGet', 'tcpSocket', 'grpc', 'exec', 'sleep'];

/** A handler may name no host: then kubelet asks the pod itself. */
const handlerProblem = (handler: unknown): string | undefined => {
  const kinds = Object.keys(record(handler)).filter((k) => HANDLERS.includes(k));
  if (kinds.length !== 1) return 'it asks nothing, or several things at once';
  const host = at(handler, 'httpGet', 'host') ?? at(handler, 'tcpSocket', 'host');
  if (host !== undefined) return `it asks the host ${show(host)} instead of the pod`;
  const headers = list(at(handler, 'httpGet', 'httpHeaders')).map((h) => String(at(h, 'name')).toLowerCase());
  return headers.includes('host') ? 'it sends a Host header' : undefined;
};

/** What does not start again says by its exit code whether it worked. */
const mustBeAsked = (pod: PodTemplate, role: PlacedContainer['role']): boolean =>
  role === 'sidecar' || (role === 'main' && pod.spec.restartPolicy !== 'Never');

const containerProblems = (pod: PodTemplate, { container, path, role }: PlacedContainer): Problem[] => {
  const out: Problem[] = [];
  const here = (field: string, problem: string): void => {
    out.push({ object: pod.owner, path: `${path}.${field}`, problem: `container '${container.name}': ${problem}` });
  };
  for (const probe of PROBES) {
    const problem = container[probe] === undefined ? undefined : handlerProblem(container[probe]);
    if (problem !== undefined) here(probe, `${probe}: ${problem}`);
  }
  if (mustBeAsked(pod, role) && container.readinessProbe === undefined && container.startupProbe === undefined)
    here('readinessProbe', 'nobody asks whether it works');
  for (const [hook, handler] of Object.entries(record(container.lifecycle))) {
    if (hook !== 'preStop') here(`lifecycle.${hook}`, `the hook ${hook} is none that Firepit knows`);
    const problem = handlerProblem(handler);
    if (problem !== undefined) here(`lifecycle.${hook}`, `${hook}: ${problem}`);
    if (record(handler).httpGet !== undefined) here(`lifecycle.${hook}`, `${hook}: kubelet sends a request for it`);
  }
  return out;
};

export const rule: Rule = {
  id: 'probes-stay-inside',
  layer: 'runtime',
  info: 'A workload is not asked whether it works, or kubelet would send requests elsewhere on its behalf.',
  explanation:
    'probes and hooks with a host are requests from the node, past every NetworkPolicy; a part that nobody asks fails unseen',
  fix: 'declare health with Health.http or Health.exec; probes name no host, hooks run a command in their own container',
  check: (view) => view.pods.flatMap((pod) => pod.containers.flatMap((c) => containerProblems(pod, c))),
};
