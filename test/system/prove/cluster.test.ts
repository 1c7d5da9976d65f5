import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster } from '../../../cluster';
import { record } from '../../../cluster/record';
import { EXIT_CODES } from '../../../lib/errors';
import type { Proof } from '../../../proof/proof';
import { node, project, ROOT } from '../../support/cli';
import { benchDeclaration, prepare } from '../environment';

/** `firepit prove` on a whole cluster: Kyverno verifies, controllers run, images are signed by keys of the bench. */

const kubeconfig = process.env.FIREPIT_KUBECONFIG ?? '';
const own = kubeconfig !== '' && Cluster.use(kubeconfig).own;
const here = own ? describe : describe.skip;
if (!own) process.stderr.write('firepit prove on a whole cluster: needs a cluster that was started here\n');

here('a whole cluster', () => {
  let cwd: string;
  beforeAll(async () => {
    const declaration = benchDeclaration(await prepare(Cluster.use(kubeconfig)), 'proved');
    cwd = project({ 'declaration.json': JSON.stringify(declaration) });
    const lib = JSON.stringify(join(ROOT, 'lib'));
    writeFileSync(
      join(cwd, 'app.ts'),
      `import { AgentEnvironment, App } from ${lib};\nconst app = new App();\nnew AgentEnvironment(app, require('./declaration.json'));\napp.synth();\n`,
    );
  }, 600_000);

  test('nothing fails, and all that is unproven is what only the services can show', async () => {
    const start = Date.now();
    const kubectl = `${process.env.FIREPIT_KUBERNETES}/kubectl`;
    const args = ['prove', 'app.ts', '--kubeconfig', kubeconfig, '--kubectl', kubectl, '--json', 'proof.json'];
    const { code, stderr } = await node(cwd, [join(ROOT, 'cli/main.ts'), ...args]);
    expect({ code, stderr }).toEqual({ code: EXIT_CODES.unproven.code, stderr: '' });
    const proof = JSON.parse(readFileSync(join(cwd, 'proof.json'), 'utf8')) as Proof;
    const open = proof.results.filter(({ state }) => state !== 'proven');
    expect(open.map(({ id }) => id)).toEqual(['network/unmeasured']);
    expect(proof.left).toEqual([]);
    const all = (state: object): number => Object.values(state).reduce((sum, n) => sum + n, 0);
    record({
      stage: 'prove',
      seconds: Math.round((Date.now() - start) / 1000),
      ...proof.counts,
      threats: proof.threats.length,
      'threats proven': proof.threats.filter(({ state }) => state === 'proven').length,
      controls: proof.controls.map(({ control, state, allowed, refused }) => ({
        control,
        state,
        allowed: all(allowed),
        refused: all(refused),
      })),
      steps: proof.stages,
    });
  }, 900_000);
});
