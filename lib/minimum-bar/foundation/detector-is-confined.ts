import { SYSTEM_NAMESPACE } from '../../names';
import type { PlacedContainer, PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, list, record, show, string, strings } from '../values';
import { networkProblems } from './network';
import { constraintProblems, NEEDED } from './security-context-constraints';
import type { FoundationView } from './view';

/** What Falco reads of a node: processes, users, tracing events; the runtime's socket is declared. */
const READ = new Set(['/proc', '/etc', '/sys/kernel']);

const containerProblems = ({ container }: PlacedContainer): readonly [string, string][] => {
  const context = record(container.securityContext);
  const added = strings(at(context, 'capabilities', 'add'));
  const few = container.name === 'falco' ? added.filter((one) => !NEEDED.has(one)) : added;
  const out: [string, string][] = [];
  const wrong = (path: string, problem: string): void => void out.push([`securityContext.${path}`, problem]);
  if (context.privileged !== false) wrong('privileged', `privileged is ${show(context.privileged)}, not false`);
  if (context.allowPrivilegeEscalation !== false) wrong('allowPrivilegeEscalation', 'it may gain more rights');
  if (context.readOnlyRootFilesystem !== true) wrong('readOnlyRootFilesystem', 'it may write its own programs');
  if (!strings(at(context, 'capabilities', 'drop')).includes('ALL')) wrong('capabilities.drop', 'it keeps some');
  if (few.length > 0) wrong('capabilities.add', `it has ${few.join(', ')}`);
  if (at(container, 'resources', 'limits', 'memory') === undefined)
    out.push(['resources.limits.memory', 'it may take all memory of the node']);
  return out;
};

/** Volumes of a pod that show the node, by name. */
const hostVolumes = (pod: PodTemplate): ReadonlyMap<string, string> =>
  new Map(
    list(pod.spec.volumes).flatMap((volume) => {
      const path = string(at(volume, 'hostPath', 'path'));
      return path === undefined ? [] : [[String(record(volume).name), path] as const];
    }),
  );

const mountProblems = (pod: PodTemplate, socket: string): readonly [string, string][] => {
  const volumes = hostVolumes(pod);
  const foreign = [...volumes.values()].filter((path) => !READ.has(path) && path !== socket);
  return [
    ...foreign.map((path): [string, string] => [pod.at('volumes'), `it sees ${path} of the node`]),
    ...pod.containers.flatMap(({ container, path }) =>
      list(container.volumeMounts).flatMap((mount, i): [string, string][] => {
        const { name, readOnly } = record(mount);
        if (!volumes.has(String(name))) return [];
        const where = `${path}.volumeMounts[${i}]`;
        if (container.name !== 'falco') return [[where, `${String(container.name)} sees files of the node`]];
        return readOnly === true ? [] : [[where, 'it may write files of the node']];
      }),
    ),
  ];
};

const SHARED = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

const podProblems = (pod: PodTemplate, view: FoundationView): readonly [string, string][] => {
  // The sidecar that an operator brings is written by the operator, and nothing is known of it here but its image.
  const written = pod.containers.filter(({ container }) => container.name !== 'artifact-operator');
  return [
    ...written.flatMap((one) =>
      containerProblems(one).map(([path, problem]): [string, string] => [`${one.path}.${path}`, problem]),
    ),
    ...mountProblems(pod, view.declaration.falco.runtimeSocket),
    ...SHARED.filter((field) => pod.spec[field] === true).map((field): [string, string] => [
      pod.at(field),
      'it shares this with the node',
    ]),
  ];
};

export const rule: Rule<FoundationView> = {
  id: 'detector-is-confined',
  layer: 'runtime',
  info: 'Falco, or what runs beside it, has more rights on the node than its probe needs, or there is no Falco.',
  explanation:
    'what watches every agent sees every node: taken over, a privileged detector is the shortest way to all of them',
  fix: 'not privileged, the capabilities BPF, PERFMON, SYS_PTRACE and SYS_RESOURCE, read-only mounts of what it reads, and the declared neighbours alone',
  check: (view): Problem[] => {
    const pods = view.systemPods;
    const around = [...networkProblems(view), ...constraintProblems(view)];
    if (!pods.some(({ containers }) => containers.some(({ container }) => container.name === 'falco')))
      return [{ object: `Namespace ${SYSTEM_NAMESPACE}`, path: '', problem: 'no object runs Falco in it' }, ...around];
    return [
      ...pods.flatMap((pod) => podProblems(pod, view).map(([path, problem]) => ({ object: pod.owner, path, problem }))),
      ...around,
    ];
  },
};
