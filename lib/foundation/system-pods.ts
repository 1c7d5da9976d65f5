import { Construct } from 'constructs';
import { celList, celString, celValue, inNamespace, podRule, ValidatingPolicy } from '../admission/policy';
import { SYSTEM_NAMESPACE } from '../names';
import type { FoundationContext } from './context';
import { CAPABILITIES, FALCO_ACCOUNT, type FalcoParts } from './falco-parts';
import { FALCO_TLS, WARDEN_CAS } from './relay';

/**
 * The namespace lets pods see the node, so nothing runs there but Falco and its relay: their images, their start, the
 * files of the node that they were given, and no more rights than the probe needs.
 */
export class SystemPods extends Construct {
  constructor(scope: Construct, id: string, context: FoundationContext, { images, hostPaths, starts }: FalcoParts) {
    super(scope, id);
    const only = (container: string, volume: string): string =>
      `variables.containers.all(c, c.name == ${celString(container)} || !c.?volumeMounts.orValue([]).exists(m, object.spec.?volumes.orValue([]).exists(v, v.name == m.name && has(v.${volume}))))`;
    new ValidatingPolicy(this, 'pods', context, {
      purpose: 'nothing runs beside Falco and its relay, and neither with more rights than written',
      matchConstraints: inNamespace(SYSTEM_NAMESPACE, podRule(['CREATE'])),
      variables: [
        { name: 'containers', expression: 'object.spec.containers + object.spec.?initContainers.orValue([])' },
        { name: 'images', expression: celValue(images) },
        { name: 'starts', expression: celValue(starts) },
      ],
      validations: [
        {
          expression: `object.spec.serviceAccountName == ${celString(FALCO_ACCOUNT)} && !has(object.spec.ephemeralContainers) && variables.containers.all(c, c.name in variables.images && variables.images[c.name] == c.image)`,
          message: `in ${SYSTEM_NAMESPACE} run Falco and its relay, by the digests that the foundation declares`,
        },
        {
          expression:
            'variables.containers.all(c, !(c.name in variables.starts) || (c.?command.orValue([]) == variables.starts[c.name].command && c.?args.orValue([]) == variables.starts[c.name].args && !has(c.lifecycle)))',
          message: 'Falco and its relay start as the foundation says',
        },
        {
          expression: `variables.containers.all(c, !c.?securityContext.?privileged.orValue(false) && c.?securityContext.?capabilities.?add.orValue([]).all(x, c.name == 'falco' && x in ${celList(CAPABILITIES)}) && (!(c.name in variables.starts) || c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false))`,
          message: 'Falco has the four capabilities of its probe and is not privileged; nothing else has any',
        },
        {
          expression:
            '!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && !object.spec.?hostIPC.orValue(false)',
          message: 'Falco shares neither network nor processes with the node',
        },
        {
          expression: `object.spec.?volumes.orValue([]).all(v, !has(v.hostPath) || v.hostPath.path in ${celList(hostPaths)}) && ${only('falco', 'hostPath')}`,
          message: 'files of the node are those that Falco reads, and Falco alone sees them',
        },
        {
          expression: `object.spec.?volumes.orValue([]).all(v, !has(v.secret) || v.secret.secretName in ${celList([FALCO_TLS, WARDEN_CAS])}) && ${only('relay', 'secret')}`,
          message: 'the key that wardens trust is in the relay alone',
        },
      ],
    });
  }
}
