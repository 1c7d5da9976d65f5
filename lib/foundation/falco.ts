import { Construct } from 'constructs';
import type { FalcoOperator as OperatorFacts } from '../declaration/foundation';
import { KubeObject, type Volume } from '../k8s';
import { FALCO_PODS, SYSTEM_NAMESPACE, UID } from '../names';
import { falcoRulesName, RULES_FILE } from '../runtime/falco';
import type { FoundationContext } from './context';
import { containerPlugin, falcoSettings, ownRules } from './falco-config';
import { EVERYWHERE, FALCO_ACCOUNT, type FalcoParts, falcoContainer, falcoPod } from './falco-parts';

const NAMESPACE = SYSTEM_NAMESPACE;

/** Falco on every node, in the declared form. */
export class FalcoOnNodes extends Construct {
  constructor(scope: Construct, id: string, context: FoundationContext, parts: FalcoParts) {
    super(scope, id);
    const { config } = parts.relay;
    this.config('relay-config', context, { ...config, purpose: 'brings alerts to every warden' });
    if (context.declaration.falco.kind === 'operator') this.operated(context, parts, context.declaration.falco);
    else this.daemonSet(context, parts);
  }

  private config(
    id: string,
    context: FoundationContext,
    {
      name,
      data,
      purpose,
    }: { readonly name: string; readonly data: Readonly<Record<string, string>>; readonly purpose: string },
  ): void {
    new KubeObject(this, id, 'ConfigMap', {
      metadata: context.metadata(name, {
        namespace: NAMESPACE,
        purpose: `${purpose}; immutable, named by its content`,
      }),
      immutable: true,
      data,
    });
  }

  private daemonSet(context: FoundationContext, { relay }: FalcoParts): void {
    const { configs, pod } = falcoPod(context, relay);
    for (const [i, config] of configs.entries()) this.config(`config-${i}`, context, config);
    new KubeObject(this, 'account', 'ServiceAccount', {
      metadata: context.metadata(FALCO_ACCOUNT, {
        namespace: NAMESPACE,
        purpose: 'identity of Falco: it has no rights',
      }),
      automountServiceAccountToken: false,
    });
    new KubeObject(this, 'Default', 'DaemonSet', {
      metadata: context.metadata('falco', {
        namespace: NAMESPACE,
        purpose: 'watches what the processes of agents do, on every node',
        labels: { ...FALCO_PODS },
      }),
      spec: {
        revisionHistoryLimit: 5,
        selector: { matchLabels: FALCO_PODS },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: { metadata: { labels: { ...FALCO_PODS, 'app.kubernetes.io/part-of': NAMESPACE } }, spec: pod },
      },
    });
  }

  private operated(context: FoundationContext, { relay }: FalcoParts, falco: OperatorFacts): void {
    const names = Object.keys(context.declaration.environments).sort();
    const rules = { [RULES_FILE]: ownRules() };
    new KubeObject(this, 'own-rules', 'ConfigMap', {
      metadata: context.metadata('falco-own-rules', { namespace: NAMESPACE, purpose: 'rules about Falco itself' }),
      data: rules,
    });
    for (const [name, purpose] of [
      ['falco-own-rules', 'rules about Falco itself'],
      ...names.map((environment) => [falcoRulesName(environment), `rules of ${environment}`] as const),
    ] as const)
      new KubeObject(this, `rulesfile-${name}`, 'Rulesfile', {
        metadata: context.metadata(name, { namespace: NAMESPACE, purpose }),
        spec: { configMapRef: { name }, priority: 50 },
      });
    new KubeObject(this, 'config', 'Config', {
      metadata: context.metadata('falco', { namespace: NAMESPACE, purpose: 'what Falco is told beside its rules' }),
      spec: { config: falcoSettings, priority: 90 },
    });
    const [repository = '', digest] = falco.containerPlugin.split('@');
    const [registry = ''] = repository.split('/');
    new KubeObject(this, 'plugin', 'Plugin', {
      metadata: context.metadata('container', { namespace: NAMESPACE, purpose: 'names and labels of pods' }),
      spec: {
        config: { name: 'container', initConfig: containerPlugin(context.declaration) },
        ociArtifact: {
          image: { repository: repository.slice(registry.length + 1), tag: digest },
          registry: { name: registry },
        },
      },
    });
    // The operator lays this over a template of its own, which is privileged; what is not said here stays.
    const container = falcoContainer(context, []);
    new KubeObject(this, 'Default', 'Falco', {
      metadata: context.metadata(FALCO_ACCOUNT, {
        namespace: NAMESPACE,
        purpose: 'watches what the processes of agents do, on every node',
      }),
      spec: {
        type: 'DaemonSet',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        podTemplateSpec: {
          metadata: { labels: { ...FALCO_PODS, 'app.kubernetes.io/part-of': NAMESPACE } },
          spec: {
            priorityClassName: 'system-node-critical',
            tolerations: EVERYWHERE,
            securityContext: { fsGroup: UID.control },
            initContainers: [{ name: 'artifact-operator', image: falco.artifactOperator }, relay.container],
            containers: [container],
            volumes: relay.mounts.map(({ volume }): Volume => volume),
          },
        },
      },
    });
  }
}
