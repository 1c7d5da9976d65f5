import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { checkFoundation, type FoundationDeclaration } from '../declaration/foundation';
import type { BarReport, Manifest } from '../minimum-bar';
import { checkFoundationBar } from '../minimum-bar/foundation';
import { finished, refuseBelowBar } from '../synth/judging';
import { compose } from './objects';

/**
 * What a cluster needs once, beside its environments: Falco with its road to every warden, and the catch-all for what
 * no environment can refuse. Below its own minimum bar it refuses to be synthesized.
 */
export class ClusterFoundation extends Chart {
  readonly declaration: FoundationDeclaration;
  /** What a reader of the output should know. */
  readonly notices: readonly string[];

  /** @throws DeclarationError when the declaration is not valid, however it was made */
  constructor(scope: Construct, declaration: FoundationDeclaration) {
    const checked = checkFoundation(declaration);
    super(scope, checked.name, { disableResourceNameHashes: true });
    this.declaration = checked;
    this.notices =
      checked.falco.kind === 'operator'
        ? ['falco-operator mounts more of the node than Falco needs, and its pods may read the Secrets beside it']
        : [];
    compose(this, checked);
    refuseBelowBar(this);
  }

  /** The finished objects, patches included. */
  objects(): Manifest[] {
    return finished(this.node.findAll());
  }

  /** Judges the finished objects, and what else its app holds, against the minimum bar. */
  check(): BarReport {
    return checkFoundationBar(this.declaration, finished(this.node.root.node.findAll()));
  }
}
