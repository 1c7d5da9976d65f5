import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject, type PodSpec } from '../k8s';
import { LABEL } from '../names';

export interface WorkloadProps {
  readonly name: string;
  readonly namespace: string;
  readonly purpose: string;
  readonly replicas: number;
  /** Labels of the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: PodSpec;
  readonly usesProductImages: boolean;
}

/** Labels that never change between versions: what selectors of workloads, Services and policies may use. */
export const selectorOf = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    [LABEL.environment, LABEL.component, LABEL.agent].flatMap((key) =>
      labels[key] === undefined ? [] : [[key, labels[key]]],
    ),
  );

/** The template of a governed pod. */
export const podTemplate = (context: Context, labels: Readonly<Record<string, string>>, pod: PodSpec) => {
  const annotations = context.platform.podAnnotations;
  return {
    metadata: {
      labels: { 'app.kubernetes.io/part-of': context.names.environment, ...labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: pod as never,
  };
};

/** A Deployment and, above one replica, its PodDisruptionBudget. */
export class HardenedDeployment extends Construct {
  constructor(scope: Construct, id: string, context: Context, props: WorkloadProps) {
    super(scope, id);
    const { name, namespace, purpose, usesProductImages } = props;
    const matchLabels = selectorOf(props.labels);
    new KubeObject(this, 'Default', 'Deployment', {
      metadata: context.metadata(name, { namespace, purpose, usesProductImages, labels: { ...props.labels } }),
      spec: {
        replicas: props.replicas,
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: 600,
        selector: { matchLabels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: podTemplate(context, props.labels, props.pod),
      },
    });
    if (props.replicas > 1)
      new KubeObject(this, 'budget', 'PodDisruptionBudget', {
        metadata: context.metadata(name, { namespace, purpose: 'drains take one replica at a time' }),
        spec: { maxUnavailable: 1, selector: { matchLabels }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      });
  }
}
