import type { Family } from '../case';
import type { Loose } from '../subject';
import { type WrongPod, withVolume, wrongAgentPods, wrongControlPods } from './_pods';

const context = (change: (securityContext: Loose) => unknown) => (pod: Loose) =>
  change(pod.spec.containers[0].securityContext);

/** What makes a process the node's, by the rules of Pod Security `restricted`. */
const WRONG: readonly WrongPod[] = [
  [
    'pod-security/privileged',
    ['escape-to-the-node'],
    'a privileged container',
    context((s) => Object.assign(s, { privileged: true, allowPrivilegeEscalation: true })),
  ],
  [
    'pod-security/escalation',
    ['escape-to-the-node'],
    'a process that may gain privileges',
    context((s) => (s.allowPrivilegeEscalation = true)),
  ],
  ['pod-security/capabilities', ['escape-to-the-node'], 'capabilities kept', context((s) => delete s.capabilities)],
  [
    'pod-security/raw-sockets',
    ['escape-to-the-node'],
    'a capability added',
    context((s) => (s.capabilities.add = ['NET_RAW'])),
  ],
  [
    'pod-security/unconfined',
    ['escape-to-the-node'],
    'no seccomp profile',
    context((s) => (s.seccompProfile = { type: 'Unconfined' })),
  ],
  ['pod-security/host-path', ['escape-to-the-node'], 'a path of the node', withVolume({ hostPath: { path: '/' } })],
  [
    'pod-security/host-port',
    ['escape-to-the-node', 'side-door'],
    'a port of the node',
    (p) => (p.spec.containers[0].ports = [{ containerPort: 18080, hostPort: 18080 }]),
  ],
  [
    'pod-security/host-processes',
    ['escape-to-the-node'],
    "the node's processes",
    (p) => Object.assign(p.spec, { hostPID: true, hostUsers: true }),
  ],
  [
    'pod-security/host-ipc',
    ['escape-to-the-node'],
    "the node's shared memory",
    (p) => Object.assign(p.spec, { hostIPC: true, hostUsers: true }),
  ],
  [
    'pod-security/root',
    ['escape-to-the-node'],
    'root, with the users of the node',
    (p) => {
      Object.assign(p.spec, { hostUsers: true });
      Object.assign(p.spec.containers[0].securityContext, { runAsUser: 0, runAsNonRoot: false });
    },
  ],
  [
    'pod-security/kernel-parameter',
    ['escape-to-the-node'],
    'a kernel parameter',
    (p) => (p.spec.securityContext.sysctls = [{ name: 'kernel.msgmax', value: '65536' }]),
  ],
];

/** Pod Security refuses probes with a host from Kubernetes 1.34 on. */
const PROBE: WrongPod = [
  'pod-security/probe-elsewhere',
  ['probe-as-request'],
  'a probe that asks another host',
  (p) => (p.spec.containers[0].livenessProbe = { httpGet: { host: '169.254.169.254', path: '/', port: 80 } }),
];

const probesAreChecked = (version: string): boolean => Number(version.split('.')[1]) >= 34;

/** Privilege is refused before anything of ours looks, for agents and for what governs them. */
export const podSecurity: Family = (subject) => {
  const [component = ''] = subject.components;
  const label = subject.object('Namespace', subject.names.agents).metadata.labels[
    'pod-security.kubernetes.io/enforce-version'
  ];
  const wrong = probesAreChecked(String(label)) ? [...WRONG, PROBE] : WRONG;
  return [
    ...wrongAgentPods(subject, 'Pod Security', wrong),
    ...wrongControlPods(
      subject,
      component,
      'Pod Security',
      wrong.map(([id, ...rest]): WrongPod => [id.replace('pod-security/', 'pod-security/control-'), ...rest]),
    ),
  ];
};
