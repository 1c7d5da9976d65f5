import type { PlacedContainer, PodTemplate } from '../pods';
import type { Problem, Rule } from '../types';
import { at, list, record, same, show } from '../values';

/** Fields of a container's security context and what they must be. */
const WANTED: Readonly<Record<string, unknown>> = {
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};
/** Fields that only loosen. */
const FORBIDDEN = ['procMount', 'seLinuxOptions', 'windowsOptions', 'appArmorProfile'];

const containerProblems = (pod: PodTemplate, { container, path }: PlacedContainer): Problem[] => {
  const context = record(container.securityContext);
  const here = (field: string, problem: string): Problem => ({
    object: pod.owner,
    path: `${path}.securityContext.${field}`,
    problem: `container '${container.name}': ${problem}`,
  });
  const out: Problem[] = Object.entries(WANTED)
    .filter(([field, value]) => context[field] !== value)
    .map(([field, value]) => here(field, `${field} is ${show(context[field])}, not ${value}`));
  if (!same(list(at(context, 'capabilities', 'drop')), ['ALL']) || list(at(context, 'capabilities', 'add')).length > 0)
    out.push(here('capabilities', `capabilities are ${show(context.capabilities)}, not drop ALL and nothing added`));
  if (at(context, 'seccompProfile', 'type') !== 'RuntimeDefault')
    out.push(here('seccompProfile', `the seccomp profile is ${show(context.seccompProfile)}, not RuntimeDefault`));
  if (context.runAsUser === 0 || context.runAsGroup === 0) out.push(here('runAsUser', 'it runs as root'));
  for (const field of FORBIDDEN)
    if (context[field] !== undefined) out.push(here(field, `${field} is set to ${show(context[field])}`));
  return out;
};

const podProblems = (pod: PodTemplate): Problem[] => {
  const context = record(pod.spec.securityContext);
  const out: Problem[] = [];
  const here = (field: string, problem: string): void => {
    out.push({ object: pod.owner, path: pod.at(`securityContext.${field}`), problem });
  };
  if (context.runAsNonRoot !== true) here('runAsNonRoot', `runAsNonRoot is ${show(context.runAsNonRoot)}, not true`);
  if (at(context, 'seccompProfile', 'type') !== 'RuntimeDefault')
    here('seccompProfile', `the seccomp profile is ${show(context.seccompProfile)}, not RuntimeDefault`);
  if (context.runAsUser === 0 || context.runAsGroup === 0 || context.fsGroup === 0)
    here('runAsUser', 'it runs as root');
  if (list(context.supplementalGroups).includes(0)) here('supplementalGroups', 'it is in the root group');
  for (const field of ['sysctls', 'seLinuxOptions', 'windowsOptions', 'appArmorProfile'])
    if (context[field] !== undefined) here(field, `${field} is set to ${show(context[field])}`);
  return out;
};

export const rule: Rule = {
  id: 'containers-are-confined',
  layer: 'runtime',
  info: 'A container may become root, gain privileges or capabilities, write its root file system or escape seccomp.',
  explanation: 'every one of these is a step from a hijacked process to the node and to the pods beside it',
  fix: 'leave the security context to Firepit; an image that needs root or a writable root file system must be rebuilt',
  check: (view) =>
    view.pods.flatMap((pod) => [...podProblems(pod), ...pod.containers.flatMap((c) => containerProblems(pod, c))]),
};
