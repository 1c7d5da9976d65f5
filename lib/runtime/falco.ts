import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject } from '../k8s';
import { SYSTEM_NAMESPACE } from '../names';
import { falcoRules } from './falco-rules';

export { falcoRules } from './falco-rules';
export { falcoNotices } from './watched';

/** The one file of that ConfigMap; falco-operator reads no other. */
export const RULES_FILE = 'rules.yaml';
/** Name of the ConfigMap with an environment's Falco rules. */
export const falcoRulesName = (environment: string): string => `falco-rules-${environment}`;

/**
 * The one object outside the environment's namespaces: its rules, where Falco of the cluster reads them. Where no
 * agent can be watched there is none, and `falcoNotices` says why.
 */
export class FalcoRules extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const text = falcoRules(context);
    if (text === undefined) return;
    const { environment } = context.names;
    new KubeObject(this, 'Default', 'ConfigMap', {
      metadata: context.metadata(falcoRulesName(environment), {
        namespace: SYSTEM_NAMESPACE,
        purpose: `what Falco reports about the agents of ${environment}`,
        labels: { 'app.kubernetes.io/component': 'falco-rules' },
      }),
      data: { [RULES_FILE]: text },
    });
  }
}
