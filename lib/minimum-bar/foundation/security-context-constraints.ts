import { FALCO_ACCOUNT } from '../../foundation/falco-parts';
import { SYSTEM_NAMESPACE } from '../../names';
import type { Problem } from '../types';
import { list, strings } from '../values';
import type { FoundationView } from './view';

/** What a probe of the kernel needs (https://falco.org/docs/setup/container/#least-privileged). */
export const NEEDED: ReadonlySet<string> = new Set(['BPF', 'PERFMON', 'SYS_PTRACE', 'SYS_RESOURCE']);

const ACCOUNT = `system:serviceaccount:${SYSTEM_NAMESPACE}:${FALCO_ACCOUNT}`;
const NEVER = [
  'allowPrivilegedContainer',
  'allowPrivilegeEscalation',
  'allowHostNetwork',
  'allowHostPID',
  'allowHostIPC',
  'allowHostPorts',
] as const;

/** What OpenShift lets run by constraints that stand beside the foundation, and Falco does not need. */
export const constraintProblems = (view: FoundationView): Problem[] =>
  view.all('security.openshift.io', 'SecurityContextConstraints').flatMap((object) => {
    const others = [...list(object.users), ...list(object.groups)].filter((one) => one !== ACCOUNT);
    const added = ['allowedCapabilities', 'defaultAddCapabilities'].flatMap((path) =>
      strings(object[path])
        .filter((one) => !NEEDED.has(one))
        .map((one) => ({ object, path, problem: `it gives the capability ${one}` })),
    );
    return [
      ...others.map((one) => ({ object, path: '', problem: `it is for ${String(one)}, not for ${ACCOUNT} alone` })),
      // Absent, the API server allows this one.
      ...NEVER.filter((path) => object[path] === true || (path === NEVER[1] && object[path] === undefined)).map(
        (path) => ({ object, path, problem: 'Falco does without, so nobody has it' }),
      ),
      ...added,
    ];
  });
