import { App, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { FoundationDeclaration } from '../declaration/foundation';
import type { Manifest } from '../minimum-bar/types';
import { finished } from '../synth/judging';
import { CatchAll } from './catch-all';
import { foundationContextOf } from './context';
import { FalcoOnNodes } from './falco';
import { falcoPartsOf } from './falco-parts';
import { SystemNamespace } from './system-namespace';
import { SystemPods } from './system-pods';
import { Watch } from './watch';

/** Makes every object that a foundation's declaration gives. */
export function compose(scope: Construct, declaration: FoundationDeclaration): void {
  const context = foundationContextOf(declaration);
  const falco = falcoPartsOf(context);
  new SystemNamespace(scope, 'namespace', context, falco);
  new SystemPods(scope, 'pods', context, falco);
  new CatchAll(scope, 'catch-all', context);
  new FalcoOnNodes(scope, 'falco', context, falco);
  new Watch(scope, 'watch', context);
}

const known = new WeakMap<FoundationDeclaration, readonly Manifest[]>();

/** Its objects as they are before anybody changes them. Remembered: a checked declaration does not change. */
export function declaredObjects(declaration: FoundationDeclaration): readonly Manifest[] {
  const before = known.get(declaration);
  if (before !== undefined) return before;
  const chart = new Chart(new App(), declaration.name, { disableResourceNameHashes: true });
  compose(chart, declaration);
  const objects = finished(chart.node.findAll());
  known.set(declaration, objects);
  return objects;
}
