import type { EnvironmentDeclaration } from '../declaration';
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

  /** Both namespaces of the environment. */
  get namespaces(): readonly string[] {
    return [this.names.agents, this.names.control];
  }

  /** Pods that carry a component's label in the control namespace. */
  component(component: Component): readonly PodTemplate[] {
    return this.once(`component ${component}`, () =>
      this.controlPods.filter((p) => p.labels[LABEL.component] === component),
    );
  }
}
