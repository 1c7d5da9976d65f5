import { FirepitError } from '../lib/errors';
import type { Result } from './run';

/** Environments that want a foundation, and the foundations of the same run. */
export class Served {
  private readonly wanting: { readonly app: string; readonly name: string }[] = [];
  private readonly foundations: { readonly app: string; readonly serves: readonly string[] }[] = [];

  readonly see = ({ app, synthesis }: Result): void => {
    const { declaration } = synthesis;
    if (synthesis.kind === 'foundation')
      this.foundations.push({ app, serves: Object.keys(synthesis.declaration.environments) });
    else if (declaration.platform.foundation === true) this.wanting.push({ app, name: declaration.name });
  };

  /**
   * Environments that no foundation of the run knows: on a cluster, their agents would not start. A run without any
   * foundation says nothing: it may be declared elsewhere.
   * @returns the error of each, with its app
   */
  unknown(): readonly { readonly app: string; readonly error: FirepitError }[] {
    if (this.foundations.length === 0) return [];
    const known = new Set(this.foundations.flatMap(({ serves }) => serves));
    const apps = this.foundations.map(({ app }) => app).join(', ');
    return this.wanting
      .filter(({ name }) => !known.has(name))
      .map(({ app, name }) => ({
        app,
        error: new FirepitError(
          'app',
          `the foundation does not know the environment '${name}': ${apps} names ${[...known].sort().join(', ')}\n  fix: add '${name}' to the environments of the foundation, or leave out \`foundation: true\` of its platform`,
        ),
      }));
  }
}
