import { Construct } from 'constructs';
import type { Context } from '../context';
import { LABEL } from '../names';
import { celList, inEnvironment, podRule, ValidatingPolicy } from './policy';

/**
 * A running pod stays what it was admitted as. Without parameters and outside any webhook, so that a quarantine
 * label, a finalizer and a deletion pass while everything else is down.
 */
export class PodsUnchanged extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const images = (list: string): string =>
      `object.spec.?${list}.orValue([]).map(c, c.image) == oldObject.spec.?${list}.orValue([]).map(c, c.image)`;
    new ValidatingPolicy(this, 'images-unchanged', context, {
      purpose: 'images and selected labels of a running pod never change',
      matchConstraints: inEnvironment(context, podRule(['UPDATE'], 'pods', 'pods/status')),
      validations: [
        {
          expression: `${images('containers')} && ${images('initContainers')}`,
          message: 'the images of a running pod do not change: they were checked when it was created',
        },
        {
          expression: `${celList([LABEL.environment, LABEL.component, LABEL.agent])}.all(k, object.metadata.?labels[?k] == oldObject.metadata.?labels[?k])`,
          message: `the labels that policies select do not change on a running pod`,
        },
      ],
    });
    new ValidatingPolicy(this, 'no-ephemeral-containers', context, {
      purpose: 'no container joins a running pod',
      matchConstraints: inEnvironment(context, podRule(['UPDATE'], 'pods/ephemeralcontainers')),
      validations: [
        { expression: 'false', message: 'no ephemeral containers in a governed environment: debug a copy outside it' },
      ],
    });
    new ValidatingPolicy(this, 'no-exec', context, {
      purpose: 'nobody enters a governed pod from outside',
      matchConstraints: inEnvironment(
        context,
        podRule(['CONNECT'], 'pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy'),
      ),
      validations: [
        {
          expression: 'false',
          message:
            'no exec, attach, port-forward or proxy in a governed environment: read the record and the logs instead',
        },
      ],
    });
  }
}
