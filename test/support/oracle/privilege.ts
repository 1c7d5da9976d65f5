import type { Facts } from './facts';
import { arr, at, type Hole, type Obj, obj, objs, same, str, strs, which } from './plain';
import { containersOf, type PodSource, podsOf } from './pods';

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
  'image',
];

/** A volume of a kind that any pod may have; one without a source is scratch. */
const isOrdinary = (volume: Obj): boolean =>
  VOLUMES.some((kind) => volume[kind] !== undefined) || Object.keys(volume).every((key) => key === 'name');

/** What the Pod Security Standard *restricted* refuses in a pod. */
export const restrictedProblems = (spec: Obj): string[] => {
  const out: string[] = [];
  for (const flag of ['hostNetwork', 'hostPID', 'hostIPC']) if (spec[flag] === true) out.push(flag);
  const pod = obj(spec.securityContext);
  if (arr(pod.sysctls).length > 0) out.push('sysctls');
  for (const volume of objs(spec.volumes)) if (!isOrdinary(volume)) out.push(`volume ${str(volume.name)}`);
  const source: PodSource = { owner: {}, title: '', namespace: '', labels: {}, metadata: {}, spec };
  for (const container of containersOf(source))
    out.push(...ofContainer(container, pod).map((p) => `${str(container.name)}: ${p}`));
  return out;
};

const SELINUX = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

const ofContainer = (container: Obj, pod: Obj): string[] => {
  const own = obj(container.securityContext);
  const inherited = (key: string): unknown => own[key] ?? pod[key];
  const added = strs(at(own, 'capabilities', 'add'));
  return which(
    [own.privileged === true, 'privileged'],
    [own.allowPrivilegeEscalation !== false, 'may escalate'],
    [!strs(at(own, 'capabilities', 'drop')).includes('ALL'), 'keeps capabilities'],
    [added.some((c) => c !== 'NET_BIND_SERVICE'), 'adds capabilities'],
    [inherited('runAsNonRoot') !== true, 'may run as root'],
    [inherited('runAsUser') === 0, 'runs as root'],
    [!['RuntimeDefault', 'Localhost'].includes(str(at(inherited('seccompProfile'), 'type'))), 'no seccomp'],
    [at(inherited('appArmorProfile'), 'type') === 'Unconfined', 'no AppArmor'],
    [!SELINUX.includes(str(at(inherited('seLinuxOptions'), 'type'))), 'SELinux type'],
    [(own.procMount ?? 'Default') !== 'Default', 'procMount'],
    [at(inherited('windowsOptions'), 'hostProcess') === true, 'hostProcess'],
    [objs(container.ports).some((port) => Number(port.hostPort ?? 0) > 0), 'hostPort'],
  );
};

/** Containers that are more than restricted: what stands above, and what the standard does not ask for. */
export const privilegeHoles = (objects: readonly Obj[], facts: Facts): Hole[] =>
  podsOf(objects).flatMap((pod) => {
    const problems = [...restrictedProblems(pod.spec), ...beyond(pod, facts)];
    return problems.map((problem) => ({ area: 'privilege', what: `${pod.title}: ${problem}` }));
  });

const beyond = (pod: PodSource, facts: Facts): string[] => {
  const { spec, labels } = pod;
  const writers = containersOf(pod).filter((c) => at(c.securityContext, 'readOnlyRootFilesystem') !== true);
  const declared = facts.agents.find(({ name }) => name === labels['firepit.dev/agent'])?.runtimeClass;
  const runtime = spec.runtimeClassName;
  const inE = pod.namespace === facts.E;
  return [
    ...writers.map(({ name }) => `${str(name)}: writes its root file system`),
    ...which(
      [inE && runtime !== undefined && declared !== runtime, `runs under ${String(runtime)}`],
      [declared !== undefined && runtime !== declared, 'not under its declared isolation'],
      [declared === undefined && spec.hostUsers !== false, 'shares users with the node'],
      [spec.shareProcessNamespace === true, 'shares processes'],
      [spec.nodeName !== undefined, 'passes the scheduler by'],
      [inE && !namesNobody(spec.hostAliases, facts), 'names hosts of its own'],
    ),
  ];
};

/** No alias, or the reserved address of the gateway where the declaration has one. */
const namesNobody = (aliases: unknown, { declaration, control }: Facts): boolean => {
  if (aliases === undefined || (Array.isArray(aliases) && aliases.length === 0)) return true;
  const ip = declaration.platform.gatewayAddress;
  return ip !== undefined && same(aliases, [{ ip, hostnames: [`gateway.${control}.svc`] }]);
};
