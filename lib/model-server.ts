import { Construct } from 'constructs';
import { ASKED_OF_MODELS, asksOf } from './admission/asks';
import { AGENT_GRACE_SECONDS, probes } from './agent';
import type { Context } from './context';
import type { SelfHostedModel } from './declaration';
import { modelSidecar } from './gateway/model-sidecar';
import { container, hardenedPod } from './isolation/pod';
import { HardenedDeployment, selectorOf } from './isolation/workload';
import { KubeObject, type PodSpec } from './k8s';
import { modelLabels } from './model-place';
import { objectName, PORT, UID } from './names';
import { WATCHED } from './runtime/objects';
import { verification } from './supply-chain/verification';

/** The volume with the artefact. */
const VOLUME = 'model';

/** A model of one's own: its artefact mounted read-only, its server, its sidecar, and the Service of the gateway. */
export class ModelServing extends Construct {
  /** The pod, which admission pins. */
  readonly pod: PodSpec;

  constructor(scope: Construct, id: string, context: Context, declared: string, model: SelfHostedModel) {
    super(scope, id);
    const { names, declaration } = context;
    const { server } = model;
    const name = objectName(declared);
    const namespace = names.models;
    const labels = { ...modelLabels(names.environment, declared), 'app.kubernetes.io/name': name };
    const sidecar = modelSidecar(context, declared, model);
    const verify = verification(context, declared, model, VOLUME);
    const replicas = server.replicas ?? 1;

    new KubeObject(this, 'account', 'ServiceAccount', {
      metadata: context.metadata(name, { namespace, purpose: `the model ${declared}; it is bound to no right` }),
      automountServiceAccountToken: false,
    });
    for (const config of [sidecar.config, ...(verify === undefined ? [] : [verify.config])])
      new KubeObject(this, config.name, 'ConfigMap', {
        metadata: context.metadata(config.name, {
          namespace,
          purpose: `files of ${declared}; immutable, named by its content`,
        }),
        immutable: true,
        data: config.data,
      });
    new KubeObject(this, 'service', 'Service', {
      metadata: context.metadata(name, { namespace, purpose: `where the gateway finds the model ${declared}` }),
      spec: {
        type: 'ClusterIP',
        selector: selectorOf(labels),
        ports: [{ name: 'https', port: PORT.https, targetPort: PORT.https, protocol: 'TCP' }],
      },
    });
    const scratch = server.behaviour.writes.map((path, i) => ({
      volume: { name: `scratch-${i}`, emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      mount: { name: `scratch-${i}`, mountPath: path },
    }));
    const asked = probes(server);
    const artifact = { name: VOLUME, image: { reference: model.artifact, pullPolicy: 'IfNotPresent' } };
    this.pod = hardenedPod(context, {
      serviceAccount: name,
      initContainers: [...(verify === undefined ? [] : [verify.container]), sidecar.container],
      containers: [
        container(context, {
          name: WATCHED.model,
          image: server.image,
          uid: UID.model,
          ...(server.command === undefined ? {} : { command: server.command }),
          ...(server.args === undefined ? {} : { args: server.args }),
          env: Object.entries(server.env ?? {}).map(([key, value]) => ({ name: key, value })),
          mounts: [{ name: VOLUME, mountPath: model.path, readOnly: true }, ...scratch.map(({ mount }) => mount)],
          ...server.resources,
          ...(server.accelerator === undefined ? {} : { devices: server.accelerator }),
          asks: asksOf(context, ASKED_OF_MODELS),
          ...asked,
          // Loading a large model takes its time.
          startup: { ...asked.startup, periodSeconds: 10, failureThreshold: 180 },
        }),
      ],
      volumes: [
        artifact as never,
        ...sidecar.volumes,
        ...(verify === undefined ? [] : [verify.volume]),
        ...scratch.map(({ volume }) => volume),
      ],
      group: UID.sidecar,
      terminationGracePeriodSeconds: AGENT_GRACE_SECONDS,
      withoutDns: {},
      ...(server.isolation.kind === 'userNamespace'
        ? {}
        : { runtimeClassName: declaration.platform.runtimeClasses?.[server.isolation.kind] ?? '' }),
      ...(replicas > 1 ? { spread: selectorOf(labels) } : {}),
    });
    new HardenedDeployment(this, 'Default', context, {
      name,
      namespace,
      purpose: `the model ${declared}`,
      replicas,
      labels,
      pod: this.pod,
      usesProductImages: true,
    });
  }
}
