import { ASKED, askOf } from '../lib/admission/asks';
import type { EnvironmentDeclaration } from '../lib/declaration';
import { type PodTemplate, podTemplatesOf } from '../lib/minimum-bar/pods';
import { LABEL, type Names, namesOf, objectName } from '../lib/names';
import type { Manifest } from '../lib/synth/object';
import { type Identities, identitiesOf } from './identities';

// biome-ignore lint/suspicious/noExplicitAny: cases change any field of any object
export type Loose = any;

/** Name of the pods that the proof keeps in a copy: they wait at a scheduling gate and never run. */
export const WAITING = 'firepit-proof';
const GATE = [{ name: 'firepit.dev/proof' }];

/** A finished environment, as cases look at it: its own objects and who is who. */
export class Subject {
  readonly names: Names;
  readonly who: Identities;

  constructor(
    readonly declaration: EnvironmentDeclaration,
    readonly objects: readonly Manifest[],
  ) {
    this.names = namesOf(declaration.name);
    this.who = identitiesOf(declaration);
  }

  /** Names of the agents, as their objects carry them. */
  get agents(): readonly string[] {
    return Object.keys(this.declaration.agents).map(objectName);
  }

  /** Parts of the control plane that have pods. */
  get components(): readonly string[] {
    return this.templates(this.names.control).map(({ owner }) => String(owner.metadata.name));
  }

  /** A fresh copy of a finished object. */
  object(kind: string, name: string, namespace?: string): Loose {
    const found = this.objects.find(
      (o) => o.kind === kind && o.metadata.name === name && o.metadata.namespace === namespace,
    );
    if (found === undefined) throw new Error(`${this.names.environment} has no ${kind} ${namespace ?? ''}/${name}`);
    return structuredClone(found);
  }

  has(kind: string, name?: string): boolean {
    return this.objects.some((o) => o.kind === kind && (name === undefined || o.metadata.name === name));
  }

  /** Names of the objects of a kind in a namespace, or of the cluster. */
  namesOf(kind: string, namespace?: string): readonly string[] {
    return this.objects
      .filter((o) => o.kind === kind && o.metadata.namespace === namespace)
      .map(({ metadata }) => metadata.name);
  }

  /** A pod as the workload of an agent makes it. */
  agentPod(agent: string, name = `${WAITING}-new`): Loose {
    return this.pod(this.names.agents, LABEL.agent, agent, name);
  }

  /** A pod as the workload of a part of the control plane makes it. */
  controlPod(component: string, name = `${WAITING}-new`): Loose {
    return this.pod(this.names.control, LABEL.component, component, name);
  }

  /** A pod that was let in and is never scheduled: what happens to running pods can be tried on it. */
  waiting(pod: Loose): Loose {
    const waiting = structuredClone(pod);
    waiting.metadata.name = WAITING;
    waiting.spec.schedulingGates = GATE;
    for (const side of Object.values<Loose>(waiting.spec.containers[0].resources))
      for (const ask of ASKED.map(askOf)) delete side[ask];
    return waiting;
  }

  private templates(namespace: string): readonly PodTemplate[] {
    return this.objects
      .filter(
        ({ metadata }) =>
          metadata.namespace === namespace && metadata.labels?.[LABEL.environment] === this.names.environment,
      )
      .flatMap(podTemplatesOf);
  }

  /** @param label the one that says which pods are meant */
  private pod(namespace: string, label: string, value: string, name: string): Loose {
    const found = this.templates(namespace).find(({ labels }) => labels[label] === value);
    if (found === undefined) throw new Error(`${namespace} has no workload ${value}`);
    const { labels, annotations, spec, owner } = structuredClone({ ...found, at: undefined }) as Loose;
    // A StatefulSet's controller adds the volumes that it claims for its first pod.
    const claims: Loose[] = (owner.spec.volumeClaimTemplates ?? []).map(({ metadata: claim }: Loose) => ({
      name: claim.name,
      persistentVolumeClaim: { claimName: `${claim.name}-${value}-0` },
    }));
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { labels, ...(Object.keys(annotations).length === 0 ? {} : { annotations }), name, namespace },
      spec: { ...spec, volumes: [...spec.volumes, ...claims] },
    };
  }
}
