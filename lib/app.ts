import { App as Cdk8sApp, type IResolver } from 'cdk8s';
import { filesOf, synthesize } from './synth/driver';
import { currentSession } from './synth/session';
import { writeAll } from './synth/write';

export interface AppProps {
  /**
   * Folder for the output; the environment is written to `<outdir>/<environment>/`.
   * @default - the environment variable CDK8S_OUTDIR, else `dist`
   */
  readonly outdir?: string;
  /** Resolvers of tokens, as in cdk8s. @default - none */
  readonly resolvers?: IResolver[];
}

/**
 * The app of one environment. Other than the cdk8s App it judges everything it holds, orders it so that it can be
 * applied as written, and replaces the previous output in one step or not at all.
 */
export class App extends Cdk8sApp {
  constructor(props: AppProps = {}) {
    super(props);
    currentSession()?.created(this);
  }

  /**
   * Judges and writes the environment. Inside the `firepit` command, which reports for all apps, it only hands over.
   * @throws FirepitError `bar` with every finding, `app`, `output`; nothing was written then
   */
  override synth(): void {
    const session = currentSession();
    if (session === undefined) {
      const synthesis = synthesize(this);
      writeAll([{ outdir: this.outdir, name: synthesis.declaration.name, tree: filesOf(synthesis) }]);
      return;
    }
    try {
      session.synthesized(this, synthesize(this), this.outdir);
    } catch (error) {
      session.refused(this, error);
    }
  }

  /** The objects of the environment as one YAML stream, in the order in which they can be applied. */
  override synthYaml(): string {
    const synthesis = synthesize(this);
    const files = filesOf(synthesis);
    return synthesis.objects.map(({ path }) => files.get(path)).join('---\n');
  }
}
