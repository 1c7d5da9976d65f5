const judged = new WeakSet<object>();

/**
 * Whether the driver is judging this environment right now, together with everything else in its app, so that the
 * environment's own validation need not do the same again.
 */
export const isJudged = (environment: object): boolean => judged.has(environment);

/** Runs `action` while {@link isJudged} holds of the environment. */
export function whileJudged<T>(environment: object, action: () => T): T {
  judged.add(environment);
  try {
    return action();
  } finally {
    judged.delete(environment);
  }
}
