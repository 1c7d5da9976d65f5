/** How an environment's namespaces end: that of its agents, of what governs them, of models of its own. */
export const ENDINGS = ['', '-control', '-models'] as const;

/** Whether a namespace is one of the environment's own. */
export const isOwnNamespace = (environment: unknown, namespace: string): boolean =>
  ENDINGS.some((ending) => namespace === `${environment}${ending}`);
