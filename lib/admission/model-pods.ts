import { Construct } from 'constructs';
import type { Context } from '../context';
import type { Container, PodSpec } from '../k8s';
import { LABEL } from '../names';
import { AskedPolicy } from './asks';
import { differing, missing, pinned } from './control-pods';
import { celString, celValue, inNamespace, podRule } from './policy';

/** The pod of a model of one's own, as it was written. */
export interface ModelPod {
  /** What its label of the agent says. */
  readonly label: string;
  readonly pod: PodSpec;
}

const factsOf = ({ pod }: ModelPod) => ({
  podWithInit: pinned('podWithInit', pod),
  container: pinned('container', pod.containers[0] as Container),
  init: (pod.initContainers ?? []).map((container) => pinned('container', container)),
  volumes: pod.volumes ?? [],
});

/**
 * Pods of models of one's own are admitted as they were written, field by field: the artefact that is mounted, the
 * check of its files before anything reads them, the server and its arguments, its sidecar, and nothing beside. Who
 * signed their images is Kyverno's to say; this holds whatever it says.
 */
export class ModelPods extends Construct {
  constructor(scope: Construct, id: string, context: Context, pods: readonly ModelPod[]) {
    super(scope, id);
    const { models, environment } = context.names;
    const label = (key: string): string => `object.metadata.?labels[?${celString(key)}].orValue('')`;
    const most = Math.max(...pods.map(({ pod }) => pod.initContainers?.length ?? 0));
    const inits = Array.from({ length: most }, (_, i) => i);
    const differs = (where: string, variable: string): string =>
      `'the pod of ' + variables.label + ' is started as its environment wrote it; ${where} differs in: ' + variables.${variable}.join(', ')`;
    new AskedPolicy(this, 'model-pods', context, {
      purpose: "a model of one's own runs as it was written: artefact, verification, server, sidecar",
      usesProductImages: true,
      matchConstraints: inNamespace(models, podRule(['CREATE'])),
      variables: [
        // Each by itself: an expression has a limit of 100,000 characters.
        ...pods.map((pod, i) => ({ name: `model${i}`, expression: celValue(factsOf(pod)) })),
        {
          name: 'parts',
          expression: `{${pods.map(({ label: of }, i) => `${celString(of)}: variables.model${i}`).join(', ')}}`,
        },
        { name: 'label', expression: label(LABEL.agent) },
        { name: 'part', expression: 'variables.parts[variables.label]' },
        { name: 'pod', expression: 'dyn(object.spec)' },
        { name: 'container', expression: 'dyn(object.spec.containers[0])' },
        { name: 'inits', expression: 'dyn(object.spec).?initContainers.orValue([])' },
        { name: 'volumes', expression: 'dyn(object.spec).?volumes.orValue([])' },
        { name: 'podDiffers', expression: differing('variables.pod', 'podWithInit') },
        { name: 'containerDiffers', expression: differing('variables.container', 'container') },
        ...inits.map((i) => ({
          name: `init${i}Differs`,
          expression: `variables.part.init.size() <= ${i} ? [] : ${differing(`variables.inits[${i}]`, 'container', `variables.part.init[${i}]`)}`,
        })),
        {
          name: 'volumesDiffer',
          expression: `${missing('variables.volumes', 'variables.part.volumes')} + ${missing('variables.part.volumes', 'variables.volumes')}`,
        },
      ],
      validations: [
        {
          expression: `variables.label in variables.parts && ${label(LABEL.component)} == 'model' && ${label(LABEL.environment)} == ${celString(environment)}`,
          messageExpression: `'a pod in ${models} is a declared model; found "' + variables.label + '"'`,
        },
        {
          expression: 'object.spec.containers.size() == 1 && !has(object.spec.ephemeralContainers)',
          message: 'a model is served by one container',
        },
        {
          expression: 'variables.inits.size() == variables.part.init.size()',
          message: 'before a model is served run its verification and its sidecar, and nothing else',
        },
        { expression: 'variables.podDiffers.size() == 0', messageExpression: differs('the pod', 'podDiffers') },
        {
          expression: 'variables.containerDiffers.size() == 0',
          messageExpression: differs('the server', 'containerDiffers'),
        },
        ...inits.map((i) => ({
          expression: `variables.init${i}Differs.size() == 0`,
          messageExpression: differs(`its init container ${i + 1}`, `init${i}Differs`),
        })),
        {
          expression: 'variables.volumesDiffer.size() == 0',
          messageExpression: differs('its list of volumes', 'volumesDiffer'),
        },
      ],
    });
  }
}
