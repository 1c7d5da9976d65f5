import { AgentEnvironment, App, type EnvironmentDeclaration } from '../../lib';
import type { Manifest } from '../../lib/minimum-bar';

/** The finished objects of a declaration. */
export const objectsOf = (declaration: EnvironmentDeclaration): readonly Manifest[] =>
  new AgentEnvironment(new App({ outdir: 'unused' }), declaration).objects();

/** One object, by kind and name; the test fails when there is not exactly one. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into any object
export const only = (objects: readonly Manifest[], kind: string, name: string, namespace?: string): any => {
  const found = objects.filter(
    (o) =>
      o.kind === kind && o.metadata.name === name && (namespace === undefined || o.metadata.namespace === namespace),
  );
  if (found.length !== 1)
    throw new Error(
      `${found.length} objects ${kind} ${name}; there are ${objects
        .filter((o) => o.kind === kind)
        .map((o) => o.metadata.name)
        .join(', ')}`,
    );
  return found[0];
};

/** All objects of a kind. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into any object
export const kind = (objects: readonly Manifest[], name: string): any[] => objects.filter((o) => o.kind === name);
