import type { FoundationDeclaration } from '../../declaration/foundation';
import { SYSTEM_NAMESPACE } from '../../names';
import { ObjectView } from '../object-view';
import type { PodTemplate } from '../pods';
import type { Manifest } from '../types';

/** The finished objects of a foundation, beside what it declares. */
export class FoundationView extends ObjectView {
  constructor(
    readonly declaration: FoundationDeclaration,
    objects: readonly Manifest[],
    now: Date,
  ) {
    super(objects, now);
  }

  /** Environments that it knows, in the order of their names. */
  get environments(): readonly string[] {
    return Object.keys(this.declaration.environments).sort();
  }

  /** Pods of its namespace, whatever makes them. */
  get systemPods(): readonly PodTemplate[] {
    return this.once('systemPods', () => this.pods.filter(({ namespace }) => namespace === SYSTEM_NAMESPACE));
  }
}
