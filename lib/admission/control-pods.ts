import { Construct } from 'constructs';
import type { Context } from '../context';
import { type Component, LABEL } from '../names';
import { celString, inNamespace, podRule, ValidatingPolicy } from './policy';

/**
 * Pods of the control plane are admitted by exact digest in the API server itself: they restart with the registry,
 * the signature check and each other down.
 */
export class ControlPods extends Construct {
  constructor(scope: Construct, id: string, context: Context, images: Readonly<Partial<Record<Component, string>>>) {
    super(scope, id);
    const map = Object.entries(images).map(([component, image]) => `${celString(component)}: ${celString(image)}`);
    const label = (key: string): string => `object.metadata.?labels[?${celString(key)}].orValue('')`;
    new ValidatingPolicy(this, 'control-pods', context, {
      purpose: 'the control plane runs its own images, by exact digest',
      usesProductImages: true,
      matchConstraints: inNamespace(context.names.control, podRule(['CREATE'])),
      variables: [
        { name: 'images', expression: `{${map.join(', ')}}` },
        { name: 'component', expression: label(LABEL.component) },
        {
          name: 'image',
          expression: "variables.component in variables.images ? variables.images[variables.component] : ''",
        },
      ],
      validations: [
        {
          expression: `variables.image != '' && ${label(LABEL.environment)} == ${celString(context.names.environment)}`,
          messageExpression: `'a pod in ${context.names.control} is a part of the control plane; found component "' + variables.component + '"'`,
        },
        {
          expression:
            'object.spec.containers.all(c, c.image == variables.image) && object.spec.?initContainers.orValue([]).all(c, c.image == variables.image) && !has(object.spec.ephemeralContainers)',
          messageExpression: "'every container runs ' + variables.image",
        },
        {
          expression:
            'object.spec.serviceAccountName == variables.component && object.spec.?automountServiceAccountToken.orValue(true) == false',
          message: 'each part runs under its own service account and mounts no token by itself',
        },
      ],
    });
  }
}
