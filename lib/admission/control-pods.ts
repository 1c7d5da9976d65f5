import { Construct } from 'constructs';
import type { Context } from '../context';
import type { Container, PodSpec } from '../k8s';
import { LABEL } from '../names';
import { celList, celString, celValue, inNamespace, podRule, ValidatingPolicy } from './policy';

/** A workload of the control plane, as it was written. */
export interface ControlWorkload {
  /** Name of the workload, and of the part that its pods are. */
  readonly name: string;
  readonly pod: PodSpec;
  /** Names of the claims of a StatefulSet with one replica. */
  readonly claims: readonly string[];
}

/** Where a pod runs, how its image is pulled and what it may use: schedulers, platforms and quotas decide. */
const POD = [
  'affinity',
  'containers',
  'hostname',
  'imagePullSecrets',
  'nodeName',
  'nodeSelector',
  'preemptionPolicy',
  'priority',
  'priorityClassName',
  'schedulerName',
  'serviceAccount',
  'subdomain',
  'tolerations',
  'topologySpreadConstraints',
  'volumes',
] as const;
/** Free at each level; the init containers of a pod that has some are pinned one by one. */
const FREE: Readonly<Record<Level, readonly string[]>> = {
  pod: POD,
  podWithInit: [...POD, 'initContainers'],
  container: ['resizePolicy', 'resources'],
};
type Level = 'pod' | 'podWithInit' | 'container';

/** Fields to which the API server or the platform adds: users and labels of OpenShift, a probe's defaults. */
const PARTLY: readonly string[] = ['securityContext', 'startupProbe', 'readinessProbe', 'livenessProbe'];

/** What the API server fills in. */
const DEFAULTS = { pod: {}, container: { terminationMessagePath: '/dev/termination-log' } } as const;

/** The fields of a pod or container that are pinned; `false` is how the API server leaves out a plain field. */
export const pinned = (level: Level, fields: PodSpec | Container) => {
  const all = Object.entries({ ...DEFAULTS[level === 'container' ? level : 'pod'], ...fields }).filter(
    ([key]) => !FREE[level].includes(key) && !/^host(Network|PID|IPC)$/.test(key),
  );
  return {
    exact: Object.fromEntries(all.filter(([key]) => !PARTLY.includes(key))),
    partly: Object.fromEntries(all.filter(([key]) => PARTLY.includes(key))),
  };
};

const factsOf = ({ name, pod, claims }: ControlWorkload) => ({
  pod: pinned('pod', pod),
  container: pinned('container', pod.containers[0] as Container),
  volumes: [
    ...claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}-0` } })),
    ...(pod.volumes ?? []),
  ],
});

/** CEL list of the fields in which something found is not what was written. */
export const differing = (found: string, level: Level, part = `variables.part.${level}`): string => {
  const { exact, partly } = { exact: `${part}.exact`, partly: `${part}.partly` };
  return [
    `${exact}.filter(k, !(k in ${found} && ${found}[k] == ${exact}[k]))`,
    `${partly}.filter(k, !(k in ${found} && ${partly}[k].all(f, f in ${found}[k] && ${found}[k][f] == ${partly}[k][f])))`,
    `${found}.filter(k, !(k in ${exact} || k in ${partly} || k in ${celList(FREE[level])}))`,
  ].join(' + ');
};

/** CEL list of the volumes of one list that another has not. */
export const missing = (from: string, list: string): string => `${from}.filter(v, !(v in ${list})).map(v, v.name)`;

/**
 * Pods of the control plane are admitted as they were written, field by field, in the API server itself: nobody starts
 * a part with another image, configuration, command or Secret, and all of them restart with the registry, the signature
 * check and each other down. A field that nobody wrote and that is not free is refused, whatever Kubernetes makes of it.
 */
export class ControlPods extends Construct {
  constructor(scope: Construct, id: string, context: Context, workloads: readonly ControlWorkload[]) {
    super(scope, id);
    const { control, environment } = context.names;
    const label = (key: string): string => `object.metadata.?labels[?${celString(key)}].orValue('')`;
    const differs = (where: string, variable: string): string =>
      `'a ' + variables.component + ' is started as its environment wrote it; ${where} differs in: ' + variables.${variable}.join(', ')`;
    new ValidatingPolicy(this, 'control-pods', context, {
      purpose: 'the control plane runs as it was written: image by digest, configuration, files, arguments',
      usesProductImages: true,
      matchConstraints: inNamespace(control, podRule(['CREATE'])),
      variables: [
        // Each part by itself: an expression has a limit of 100,000 characters.
        ...workloads.map((workload) => ({ name: workload.name, expression: celValue(factsOf(workload)) })),
        {
          name: 'parts',
          expression: `{${workloads.map(({ name }) => `${celString(name)}: variables.${name}`).join(', ')}}`,
        },
        { name: 'component', expression: label(LABEL.component) },
        { name: 'part', expression: 'variables.parts[variables.component]' },
        { name: 'pod', expression: 'dyn(object.spec)' },
        { name: 'container', expression: 'dyn(object.spec.containers[0])' },
        { name: 'volumes', expression: 'dyn(object.spec).?volumes.orValue([])' },
        { name: 'podDiffers', expression: differing('variables.pod', 'pod') },
        { name: 'containerDiffers', expression: differing('variables.container', 'container') },
        {
          name: 'volumesDiffer',
          expression: `${missing('variables.volumes', 'variables.part.volumes')} + ${missing('variables.part.volumes', 'variables.volumes')}`,
        },
      ],
      validations: [
        {
          expression: `variables.component in variables.parts && ${label(LABEL.environment)} == ${celString(environment)}`,
          messageExpression: `'a pod in ${control} is a part of the control plane; found component "' + variables.component + '"'`,
        },
        { expression: 'object.spec.containers.size() == 1', message: 'a part of the control plane is one container' },
        { expression: 'variables.podDiffers.size() == 0', messageExpression: differs('the pod', 'podDiffers') },
        {
          expression: 'variables.containerDiffers.size() == 0',
          messageExpression: differs('the container', 'containerDiffers'),
        },
        {
          expression: 'variables.volumesDiffer.size() == 0',
          messageExpression: differs('its list of volumes', 'volumesDiffer'),
        },
      ],
    });
  }
}
