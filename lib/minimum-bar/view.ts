import type { EnvironmentDeclaration, SelfHostedModel } from '../declaration';
import { ownModels } from '../declaration/model';
import { type Component, LABEL, type Names, namesOf } from '../names';
import { catchAllOf } from './catch-all';
import { type Configuration, mountedFile, ObjectView } from './object-view';
import type { PodTemplate } from './pods';
import type { Manifest } from './types';
import type { Data } from './values';

export { type Configuration, mountedFile } from './object-view';

/** The finished objects of an environment, beside what it declares. */
export class View extends ObjectView {
  readonly names: Names;

  constructor(
    readonly declaration: EnvironmentDeclaration,
    objects: readonly Manifest[],
    now: Date,
  ) {
    super(objects, now);
    this.names = namesOf(declaration.name);
  }

  override get neighbours(): readonly Data[] {
    return this.declaration.platform.foundation === true ? [catchAllOf(this.names.environment)] : [];
  }

  /** Pods in the agents' namespace: all of them count as agents, whatever their labels say. */
  get agentPods(): readonly PodTemplate[] {
    return this.once('agentPods', () => this.pods.filter((p) => p.namespace === this.names.agents));
  }

  /** Pods in the namespace of the models of one's own: all of them count as such. */
  get modelPods(): readonly PodTemplate[] {
    return this.once('modelPods', () => this.pods.filter((p) => p.namespace === this.names.models));
  }

  /** Pods that are governed: they run what others made, and are contained. */
  get governedPods(): readonly PodTemplate[] {
    return this.once('governedPods', () => [...this.agentPods, ...this.modelPods]);
  }

  /** Pods in the control namespace. */
  get controlPods(): readonly PodTemplate[] {
    return this.once('controlPods', () => this.pods.filter((p) => p.namespace === this.names.control));
  }

  /** A file of the configuration that a component's pods mount, wherever it is kept. */
  configuration(component: Component, file: string): Configuration | undefined {
    return this.once(`configuration ${component}/${file}`, () => {
      for (const pod of this.component(component)) {
        const found = mountedFile(this, pod, file);
        if (found !== undefined) return found;
      }
      return undefined;
    });
  }

  /** Models of one's own, by name. */
  get ownModels(): readonly (readonly [name: string, model: SelfHostedModel])[] {
    return this.once('ownModels', () => ownModels(this.declaration.models));
  }

  /** Namespaces of what is governed. */
  get governed(): readonly string[] {
    return this.ownModels.length === 0 ? [this.names.agents] : [this.names.agents, this.names.models];
  }

  /** The namespaces of the environment. */
  get namespaces(): readonly string[] {
    return [...this.governed, this.names.control];
  }

  /** Pods that carry a component's label in the control namespace. */
  component(component: Component): readonly PodTemplate[] {
    return this.once(`component ${component}`, () =>
      this.controlPods.filter((p) => p.labels[LABEL.component] === component),
    );
  }
}
