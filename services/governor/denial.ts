import type { DenialCode } from './codes';

/** A no with its reason. Steps throw it; whatever else they throw is a no as well, `unavailable`. */
export class Denial extends Error {
  override readonly name = 'Denial';

  /**
   * @param detail for the developer who reads the answer: names what was found and expected, never a value that came
   * from somebody else
   * @param facts for the record alone: ids of rules and policies
   */
  constructor(
    readonly code: DenialCode,
    readonly detail: string,
    readonly facts: readonly string[] = [],
  ) {
    super(`${code}: ${detail}`);
  }
}

/** What an error of a step means: its own denial, or, whatever else went wrong, that nothing is let through. */
export function denialOf(error: unknown): Denial {
  return error instanceof Denial ? error : new Denial('unavailable', 'the decision failed');
}
