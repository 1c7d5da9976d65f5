import { Construct } from 'constructs';
import { asksOf } from './admission/asks';
import type { Context } from './context';
import { type Agent, DEFAULT_RESOURCES } from './declaration/agent';
import { ends, replicasOf } from './declaration/workload';
import { sidecarParts } from './gateway';
import { AgentObject } from './isolation/agent-object';
import { type ContainerProps, container, hardenedPod } from './isolation/pod';
import { selectorOf } from './isolation/workload';
import { KubeObject, type PodSpec, type Probe } from './k8s';
import { LABEL, objectName, PORT, UID } from './names';
import { workloadName } from './workload-object';

/** Seconds between the order to stop and the end: a kill must not wait. */
export const AGENT_GRACE_SECONDS = 5;

/**
 * Health is asked through the sidecar, or by a command: an agent on 127.0.0.1 cannot be probed from outside. What ends
 * by itself is not asked.
 */
export const probes = ({
  health,
}: Pick<Agent, 'health'>): Pick<ContainerProps, 'startup' | 'readiness' | 'liveness'> => {
  if (health.kind === 'exits') return {};
  const asked: Probe = {
    ...(health.kind === 'http'
      ? { httpGet: { path: '/agent', port: PORT.health, scheme: 'HTTP' } }
      : { exec: { command: health.command } }),
    periodSeconds: 10,
    timeoutSeconds: 3,
    failureThreshold: 3,
  };
  return {
    startup: { ...asked, periodSeconds: 2, failureThreshold: 60 },
    readiness: asked,
    liveness: { ...asked, periodSeconds: 20 },
  };
};

/** One agent: its account, workload with sidecar, and the Service by which the gateway finds it. */
export class AgentWorkload extends Construct {
  /** Name of the sidecar's configuration, which admission pins. */
  readonly sidecarConfig: string;

  constructor(scope: Construct, id: string, context: Context, declared: string, agent: Agent) {
    super(scope, id);
    const { names, platform } = context;
    const name = objectName(declared);
    const namespace = names.agents;
    const labels = {
      [LABEL.environment]: names.environment,
      [LABEL.component]: 'agent',
      [LABEL.agent]: name,
      'app.kubernetes.io/name': name,
    };
    const sidecar = sidecarParts(context, declared);
    this.sidecarConfig = sidecar.config.name;

    new KubeObject(this, 'account', 'ServiceAccount', {
      metadata: context.metadata(name, {
        namespace,
        purpose: `identity of the agent ${declared}; it is bound to no right`,
      }),
      automountServiceAccountToken: false,
    });
    new KubeObject(this, 'config', 'ConfigMap', {
      metadata: context.metadata(sidecar.config.name, {
        namespace,
        purpose: `sidecar of ${declared}; immutable, named by its content`,
      }),
      immutable: true,
      data: sidecar.config.data,
    });
    new KubeObject(this, 'service', 'Service', {
      metadata: context.metadata(name, { namespace, purpose: `where the gateway finds ${declared}` }),
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(labels),
        ports: [{ name: 'https', port: PORT.https, targetPort: PORT.https, protocol: 'TCP' }],
      },
    });
    const scratch = agent.behaviour.writes.map((path, i) => ({
      volume: { name: `scratch-${i}`, emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      mount: { name: `scratch-${i}`, mountPath: path },
    }));
    const resources = agent.resources ?? DEFAULT_RESOURCES;
    const pod: PodSpec = hardenedPod(context, {
      serviceAccount: name,
      initContainers: [sidecar.container],
      containers: [
        container(context, {
          name: 'agent',
          image: agent.image,
          uid: UID.agent,
          env: [...sidecar.env, ...Object.entries(agent.env ?? {}).map(([key, value]) => ({ name: key, value }))],
          mounts: scratch.map(({ mount }) => mount),
          ...resources,
          asks: asksOf(context),
          ...probes(agent),
        }),
      ],
      volumes: [...sidecar.volumes, ...scratch.map(({ volume }) => volume)],
      group: UID.sidecar,
      terminationGracePeriodSeconds: AGENT_GRACE_SECONDS,
      ...(ends(agent.workload.kind) ? { restartPolicy: 'Never' } : {}),
      withoutDns:
        platform.gatewayAddress.kind === 'reserved'
          ? { hostAliases: [{ ip: platform.gatewayAddress.ip, hostnames: [names.service('gateway')] }] }
          : {},
      ...(agent.isolation.kind === 'userNamespace'
        ? {}
        : { runtimeClassName: context.declaration.platform.runtimeClasses?.[agent.isolation.kind] ?? '' }),
      ...(replicasOf(agent.workload) > 1 ? { spread: selectorOf(labels) } : {}),
    });
    new AgentObject(this, 'Default', context, agent.workload, {
      name: workloadName(declared, agent.workload),
      namespace,
      purpose: `the agent ${declared}`,
      labels,
      pod,
      usesProductImages: true,
    });
  }
}
