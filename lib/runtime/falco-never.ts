import { NEVER as NEVER_ADDRESSES } from '../declaration/cidr';
import { PORT } from '../names';
import {
  CONTACTED,
  KERNEL_CALLS,
  METADATA_V4,
  METADATA_V6,
  RAW_SOCKET,
  READ,
  READ_FAILED,
  SECRET_ENDINGS,
  SECRET_FILES,
  SECRET_FOLDERS,
  STARTED,
  UNUSUAL_SOCKET,
} from './falco-events';
import { type FalcoRule, literal, literals } from './falco-model';
import { output, type Scope, scopeTags } from './falco-scope';
import { SIDECAR_EXECUTABLE } from './objects';

const SIDECAR_PORTS = [PORT.https, PORT.outbound, PORT.health, PORT.metrics, PORT.admin];
const either = (container: Scope): string => `(${container.inAgent} or ${container.inSidecar})`;
const any = (...conditions: readonly string[]): string => `(${conditions.join(' or ')})`;

const PROCESS_SECRETS =
  'fd.name startswith "/proc/" and not fd.name startswith "/proc/self/" and not fd.name startswith "/proc/thread-self/" and (fd.name endswith "/environ" or fd.name endswith "/mem")';
const SECRETS = any(
  `fd.name pmatch ${literals(SECRET_FOLDERS)}`,
  `fd.name in ${literals(SECRET_FILES)}`,
  ...SECRET_ENDINGS.map((ending) => `fd.name endswith ${literal(ending)}`),
  `(${PROCESS_SECRETS})`,
);

/** An address, whether the connection succeeded (the socket knows it) or failed (the arguments do). */
const METADATA = any(
  `fd.sip in ${literals([...METADATA_V4, ...METADATA_V6])}`,
  ...METADATA_V4.map((address) => `evt.arg.addr startswith ${literal(`${address}:`)}`),
);
const LOOPBACK_V4 = NEVER_ADDRESSES[0];
const OUTSIDE = `fd.sip exists and ((fd.typechar = "4" and fd.sip != "0.0.0.0" and not fd.snet = ${literal(LOOPBACK_V4)}) or (fd.typechar = "6" and not fd.sip in ("::1", "::")))`;

type Draft = Omit<FalcoRule, 'rule' | 'output' | 'tags'> & {
  readonly title: string;
  readonly details: readonly string[];
  /** MITRE ATT&CK tactic and technique. */
  readonly mitre: readonly string[];
};

const drafts = (scope: Scope): Draft[] => [
  {
    title: 'the kernel was reached for',
    desc: 'A process loads kernel code, traces or reads another process, mounts, or changes its namespaces.',
    condition: `evt.type in ${`(${KERNEL_CALLS.join(', ')})`} and ${either(scope)} and ${scope.inside}`,
    details: ['arguments=%evt.args'],
    rung: 'kill',
    mitre: ['mitre_privilege_escalation', 'T1611'],
  },
  {
    title: 'a raw socket was opened',
    desc: 'A socket that reads what others send, or forges packets.',
    condition: `${RAW_SOCKET} and ${either(scope)}`,
    details: ['arguments=%evt.args'],
    rung: 'kill',
    mitre: ['mitre_credential_access', 'T1040'],
  },
  {
    title: 'a metadata address was contacted',
    desc: "The cloud's metadata service hands out the node's credentials.",
    condition: `evt.type in (connect, sendto, sendmsg, sendmmsg) and ${METADATA} and ${either(scope)}`,
    details: ['connection=%fd.name'],
    rung: 'kill',
    mitre: ['mitre_credential_access', 'T1552.005'],
  },
  {
    title: 'credentials were read',
    desc: 'A token, a key, a password file, or the memory or environment of another process.',
    condition: `${READ} and ${SECRETS} and ${scope.inAgent}`,
    details: ['file=%fd.name'],
    rung: 'kill',
    mitre: ['mitre_credential_access', 'T1552.001'],
  },
  {
    title: 'a port of the sidecar was taken',
    desc: 'A process of the agent binds where its sidecar listens, to receive what is meant for it.',
    condition: `evt.type = bind and (fd.sport in (${SIDECAR_PORTS.join(', ')}) or ${SIDECAR_PORTS.map((port) => `evt.arg.addr endswith ${literal(`:${port}`)}`).join(' or ')}) and ${scope.inAgent}`,
    details: ['arguments=%evt.args'],
    rung: 'kill',
    mitre: ['mitre_credential_access', 'T1557'],
  },
  {
    title: 'the sidecar runs something else',
    desc: 'The container that holds the identity runs Envoy and nothing else.',
    condition: `${STARTED} and not (proc.exepath = ${literal(SIDECAR_EXECUTABLE)} and proc.is_exe_upper_layer = false) and ${scope.inSidecar}`,
    details: ['command=%proc.cmdline'],
    rung: 'kill',
    mitre: ['mitre_execution', 'T1609'],
  },
  {
    title: 'an unknown container runs',
    desc: 'A container that no declaration names, such as one attached for debugging.',
    condition: `${STARTED} and ${scope.pod} and container.name exists and not container.name in ${literals(scope.containers)}`,
    details: ['command=%proc.cmdline', 'image=%container.image.repository'],
    rung: 'quarantine',
    mitre: ['mitre_execution', 'T1610'],
  },
  {
    title: 'an unusual socket was opened',
    desc: 'A socket of a family that leads to rarely used kernel code, to the hypervisor or to buses.',
    condition: `${UNUSUAL_SOCKET} and ${either(scope)}`,
    details: ['arguments=%evt.args'],
    rung: 'quarantine',
    mitre: ['mitre_privilege_escalation', 'T1068'],
  },
  {
    title: 'a connection past the gateway',
    desc: 'The agent speaks to its own loopback, where the sidecar listens, and to nobody else.',
    condition: `${CONTACTED} and ${OUTSIDE} and ${scope.inAgent}`,
    details: ['connection=%fd.name'],
    rung: 'quarantine',
    mitre: ['mitre_exfiltration', 'T1048'],
  },
  {
    title: 'a way around the watch was opened',
    desc: 'Through io_uring files and sockets are used without system calls, which Falco does not see; the default seccomp profile refuses it.',
    condition: `evt.type = io_uring_setup and evt.failed = false and ${either(scope)}`,
    details: [],
    rung: 'alert',
    mitre: ['mitre_defense_evasion', 'T1562'],
  },
  {
    title: 'credentials were looked for',
    desc: 'A process tried to open a file with credentials and did not get it; some libraries do so by themselves.',
    condition: `${READ_FAILED} and ${SECRETS} and ${scope.inAgent}`,
    details: ['file=%fd.name'],
    rung: 'alert',
    mitre: ['mitre_credential_access', 'T1552.001'],
  },
  {
    title: 'a process nobody can attribute',
    desc: "A process in the environment's namespace without the label that names its agent: the metadata is incomplete, and the agent's own rules do not apply to it.",
    condition: `${STARTED} and ${scope.pod} and (not container.name exists or not ${scope.agentField} in ${literals(scope.agents.map(({ name }) => name))})`,
    details: ['command=%proc.cmdline'],
    rung: 'alert',
    mitre: ['mitre_defense_evasion'],
  },
  {
    title: 'a container without a namespace',
    desc: 'A container named like an agent or a sidecar, of which the namespace is not known: the metadata is missing, and it may be one of ours.',
    condition: `${STARTED} and not k8s.ns.name exists and container.name in ${literals(scope.containers)}`,
    details: ['command=%proc.cmdline'],
    rung: 'alert',
    mitre: ['mitre_defense_evasion'],
  },
  {
    title: 'sign of life',
    desc: 'The sidecar took a health check: Falco sees this pod and knows whose it is. The warden misses it when it stays away.',
    condition: `evt.type in (accept, accept4) and fd.sport = ${PORT.health} and ${scope.inSidecar}`,
    details: [],
    rung: 'audit',
    mitre: ['heartbeat'],
  },
];

/** What no agent may do, whatever it declares: one rule each for the whole environment, told apart by the pod. */
export const neverRules = (scope: Scope): FalcoRule[] =>
  drafts(scope).map(({ title, details, mitre, ...draft }) => ({
    ...draft,
    rule: `${scope.context.names.environment}: ${title}`,
    output: output(scope, title, ...details),
    tags: [...scopeTags(scope), ...mitre],
  }));
