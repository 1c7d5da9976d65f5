import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { ANNOTATION, LABEL } from '../names';

/**
 * The two namespaces of an environment, under Pod Security `restricted` at a pinned version, so that an upgrade of
 * the cluster changes nothing by itself (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
 */
export class Namespaces extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const { declaration, names, platform } = context;
    const podSecurity = Object.fromEntries(
      ['enforce', 'audit', 'warn'].flatMap((mode) => [
        [`pod-security.kubernetes.io/${mode}`, 'restricted'],
        [`pod-security.kubernetes.io/${mode}-version`, platform.podSecurityVersion],
      ]),
    );
    const suppressions = declaration.suppressions ?? [];
    for (const [id, name, governed, purpose] of [
      ['agents', names.agents, 'agents', `agents of ${declaration.owner.team}`],
      ...(context.models.length === 0
        ? []
        : ([['models', names.models, 'models', `models of ${declaration.owner.team}`]] as const)),
      ['control', names.control, 'control', `what governs the agents of ${declaration.owner.team}`],
    ] as const)
      new KubeObject(this, id, 'Namespace', {
        metadata: context.metadata(name, {
          purpose,
          labels: { ...podSecurity, ...platform.namespaceLabels, [LABEL.governed]: governed },
          annotations: {
            'firepit.dev/owner': declaration.owner.team,
            'firepit.dev/contact': declaration.owner.contact,
            ...(suppressions.length > 0 ? { [ANNOTATION.suppressions]: JSON.stringify(suppressions) } : {}),
          },
        }),
      });
  }
}
