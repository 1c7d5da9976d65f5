import { LABEL } from '../../names';
import type { PodTemplate } from '../pods';
import { byHand, FOREIGN_IMAGE, podRequest, withContainer, withLabels, withSpec, withVolume } from '../probes';
import type { Problem, Rule } from '../types';
import { type Data, record, records } from '../values';
import type { View } from '../view';
import { type Attack, admitted } from './_probe';

type Change = (pod: Data) => Data;

/** Images of the lock file that a component runs. */
const imageProblems = (view: View, template: PodTemplate): Problem[] => {
  const locked = view.declaration.images.images as Readonly<Record<string, string>>;
  const component = template.labels[LABEL.component] ?? '';
  const wanted = component === 'gateway' ? locked.envoy : locked[component];
  return template.containers
    .filter(({ container }) => container.image !== wanted)
    .map(({ container, path }) => ({
      object: template.owner,
      path: `${path}.image`,
      problem: `it runs ${container.image}, not what the lock file names for '${component}'`,
    }));
};

const SECRET = { secretKeyRef: { name: 'any', key: 'any' } };
const SHELL = { exec: { command: ['/bin/sh'] } };
const TOKEN = { path: 'token', audience: 'https://elsewhere.example.com' };

/** Adds to a list of the container, beside what is in it. */
const joined = (list: string, value: Data): Change =>
  withSpec((spec) => {
    const [first] = records(spec.containers);
    return { containers: [{ ...first, [list]: [...records(first?.[list]), value] }] };
  });

/** The container once more, as it is: digest, account and files are right, and there is one too many. */
const twin = (list: string): Change =>
  withSpec((spec) => {
    const [first] = records(spec.containers);
    return { [list]: [...records(spec[list]), { ...first, name: 'twin' }] };
  });

const secured = (change: Data): Change =>
  withSpec((spec) => {
    const [first] = records(spec.containers);
    return { containers: [{ ...first, securityContext: { ...record(first?.securityContext), ...change } }] };
  });

const podSecured = (change: Data): Change =>
  withSpec((spec) => ({ securityContext: { ...record(spec.securityContext), ...change } }));

const SOURCES = [{ configMap: { name: 'any' } }, { secret: { secretName: 'any' } }, { emptyDir: {} }];

/** Volumes with other sources in their place: the container reads them where it reads the right ones. */
const replacedVolumes = (template: PodTemplate, sources: number): readonly [string, Change][] =>
  records(template.spec.volumes).flatMap(({ name }, i) =>
    Array.from({ length: sources }, (_, n) => SOURCES[(i + n) % SOURCES.length] as Data).map(
      (source): [string, Change] => [
        `another ${Object.keys(source)[0]} as its volume '${name}'`,
        withSpec((spec) => ({
          volumes: records(spec.volumes).map((v) => (v.name === name ? { name, ...source } : v)),
        })),
      ],
    ),
  );

/** Each mount left out: a file that is missing may mean a default. */
const takenMounts = (template: PodTemplate): readonly [string, Change][] =>
  records(template.containers[0]?.container.volumeMounts).map(({ name }): [string, Change] => [
    `no mount of its volume '${name}'`,
    withSpec((spec) => {
      const [first] = records(spec.containers);
      return { containers: [{ ...first, volumeMounts: records(first?.volumeMounts).filter((m) => m.name !== name) }] };
    }),
  ]);

/** Changes that make another part of any: one for each thing that makes it what it is. */
const essential = (template: PodTemplate): readonly [string, Change][] => [
  ['another image', withContainer({ image: FOREIGN_IMAGE })],
  [
    'a second container',
    withSpec((spec) => ({ containers: [...records(spec.containers), { name: 'second', image: FOREIGN_IMAGE }] })),
  ],
  ['its container as init container too', twin('initContainers')],
  ['no component', withLabels({ [LABEL.component]: undefined })],
  ['no label that selectors take in', withLabels({ [LABEL.environment]: undefined })],
  ['automountServiceAccountToken true', withSpec(() => ({ automountServiceAccountToken: true }))],
  ["another part's account", withSpec(() => ({ serviceAccountName: 'default' }))],
  ...replacedVolumes(template, 1),
  ['one more Secret', withVolume({ name: 'more', secret: { secretName: 'any' } })],
  ['something mounted over its files', joined('volumeMounts', { name: 'tls', mountPath: '/etc' })],
  ['other arguments', withContainer({ args: ['--config=/tmp/any.json'] })],
  ['another command', withContainer({ command: ['/bin/sh'] })],
  ['a variable of its environment', joined('env', { name: 'NODE_OPTIONS', value: '--require=/tmp/any.js' })],
  ['a whole Secret in its environment', withContainer({ envFrom: [{ secretRef: { name: 'any' } }] })],
  ['a shell beside its program', withContainer({ lifecycle: { postStart: SHELL } })],
  ['the rights of root', secured({ runAsNonRoot: false, allowPrivilegeEscalation: true })],
  ['hostNetwork', withSpec(() => ({ hostNetwork: true }))],
  ['a field of a later Kubernetes in its pod', withSpec(() => ({ anything: 'any' }))],
];

/** All that Kubernetes lets somebody change about a pod; admission looks at every part in the same way. */
const thorough = (template: PodTemplate): readonly [string, Change][] => [
  ['its container twice', twin('containers')],
  ['its container as ephemeral container too', twin('ephemeralContainers')],
  ['a component that is none', withLabels({ [LABEL.component]: 'other' })],
  ['automountServiceAccountToken left out', withSpec(() => ({ automountServiceAccountToken: undefined }))],
  ...replacedVolumes(template, SOURCES.length),
  ...takenMounts(template),
  ['one more token', withVolume({ name: 'more', projected: { sources: [{ serviceAccountToken: TOKEN }] } })],
  ['one more claim', withVolume({ name: 'more', persistentVolumeClaim: { claimName: 'any' } })],
  ['a path of its node', withVolume({ name: 'more', hostPath: { path: '/' } })],
  ['no arguments', withContainer({ args: undefined })],
  ['another working directory', withContainer({ workingDir: '/tmp' })],
  ['a Secret in its environment', joined('env', { name: 'KEY', valueFrom: SECRET })],
  ['one more port', joined('ports', { name: 'more', containerPort: 4444, protocol: 'TCP' })],
  ...(['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((probe): [string, Change][] => [
    [`a ${probe} that is a shell`, withContainer({ [probe]: SHELL })],
    [`no ${probe}`, withContainer({ [probe]: undefined })],
  ]),
  ['its last words over its configuration', withContainer({ terminationMessagePath: '/etc/firepit/config' })],
  ['a device', withContainer({ volumeDevices: [{ name: 'any', devicePath: '/dev/any' }] })],
  ['a terminal', withContainer({ stdin: true, tty: true })],
  ['a writable root file system', secured({ readOnlyRootFilesystem: false })],
  ['capabilities', secured({ capabilities: { add: ['SYS_PTRACE'] } })],
  ['no security context', withContainer({ securityContext: undefined })],
  ['a pod that may run as root', podSecured({ runAsNonRoot: false })],
  ['no security context of the pod', withSpec(() => ({ securityContext: undefined }))],
  ["its node's users", withSpec(() => ({ hostUsers: undefined }))],
  ['another runtime', withSpec(() => ({ runtimeClassName: 'any' }))],
  ['names of its own', withSpec(() => ({ hostAliases: [{ ip: '203.0.113.7', hostnames: ['any'] }] }))],
  ['another name server', withSpec(() => ({ dnsPolicy: 'None', dnsConfig: { nameservers: ['203.0.113.7'] } }))],
  ['another search path for names', withSpec(() => ({ dnsConfig: { searches: ['example.com'] } }))],
  ["its namespace's services as variables", withSpec(() => ({ enableServiceLinks: undefined }))],
  ...['shareProcessNamespace', 'hostPID', 'hostIPC'].map((field): [string, Change] => [
    field,
    withSpec(() => ({ [field]: true })),
  ]),
  ['an end after which it is not restarted', withSpec(() => ({ restartPolicy: 'Never', activeDeadlineSeconds: 60 }))],
  ['a field of a later Kubernetes in its container', withContainer({ anything: 'any' })],
];

const attacks = (view: View, template: PodTemplate): readonly Attack[] => {
  const part = template.labels[LABEL.component] ?? template.owner.kind;
  const changes = [...essential(template), ...(template === view.controlPods[0] ? thorough(template) : [])];
  return changes.map(([what, change], i) => {
    const request = podRequest(view, template, change);
    // Every other one is asked for by a person: who asks, and under which name, may make no difference.
    return { what: `a ${part} with ${what}`, request: i % 2 === 0 ? request : byHand(request) };
  });
};

export const rule: Rule = {
  id: 'control-pods-are-exact',
  layer: 'supply-chain',
  info: 'A part of the control plane runs, or could be made to run, with another image, configuration, file, argument or right than was written.',
  explanation:
    'the control plane holds every credential and every decision: whoever may create pods beside it could start a governor that reads a configuration of their own; it is held in the API server, so that it restarts with the registry and Kyverno down',
  fix: 'change the declaration and its lock file, not the workload, and keep the admission policy that pins each part field by field',
  check: (view) =>
    view.controlPods.flatMap((template) => [
      ...imageProblems(view, template),
      ...admitted(view, template.owner, attacks(view, template)),
    ]),
};
