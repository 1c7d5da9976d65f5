import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster } from '../../../cluster';
import { emptyPostgresImage, POSTGRES_USERS } from '../../../cluster/postgres';
import { record } from '../../../cluster/record';
import { Registry } from '../../../cluster/registry';
import { Duration, type EnvironmentDeclaration, Reach, Sequence, Taint } from '../../../lib';
import { EXIT_CODES } from '../../../lib/errors';
import type { Proof } from '../../../proof/proof';
import { node, project, ROOT } from '../../support/cli';
import { changed } from '../../support/desk';
import { team } from '../../support/team';
import { benchDeclaration, prepare } from '../environment';
import { probeImage } from '../network/bench';

/** `firepit prove` on a whole cluster: Kyverno verifies, controllers run, images are signed by keys of the bench. */

const kubeconfig = process.env.FIREPIT_KUBECONFIG ?? '';
const own = kubeconfig !== '' && Cluster.use(kubeconfig).own;
const here = own ? describe : describe.skip;
if (!own) process.stderr.write('firepit prove on a whole cluster: needs a cluster that was started here\n');

/** The same, and its clerk may fetch packages as the researcher of the research team may. */
const tunnelling = (declaration: EnvironmentDeclaration): EnvironmentDeclaration =>
  changed((draft) => {
    const { packages } = team().tools;
    draft.tools.packages = packages;
    draft.agents.clerk.tools.push('packages.connect');
    draft.agents.clerk.sequence = [
      Sequence.atMost(20, 'packages.connect', Duration.hours(1)),
      Sequence.never(Taint.SENSITIVE).before(Reach.EXTERNAL),
    ];
  }, declaration);

here('a whole cluster', () => {
  let cwd: string;
  beforeAll(async () => {
    const cluster = Cluster.use(kubeconfig);
    const declaration = tunnelling(benchDeclaration(await prepare(cluster), 'proved'));
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
    const cluster = Cluster.use(kubeconfig);
    const users = join(cwd, 'users');
    writeFileSync(users, POSTGRES_USERS);
    const database = (await Registry.of(cluster)).push('bench/empty-postgres', emptyPostgresImage(users));
    const images = ['--call-image', await probeImage(cluster), '--database-image', database];
    const args = ['prove', 'app.ts', '--kubeconfig', kubeconfig, '--kubectl', kubectl, '--json', 'proof.json'];
    const { code, stderr } = await node(cwd, [join(ROOT, 'cli/main.ts'), ...args, ...images]);
    expect(stderr).toBe('');
    const proof = JSON.parse(readFileSync(join(cwd, 'proof.json'), 'utf8')) as Proof;
    const failed = proof.results.filter(({ state }) => state === 'failed');
    expect(failed.map((r) => `${r.id} ${r.on ?? ''}: ${r.why} | ${r.evidence}`)).toEqual([]);
    expect(code).toBe(EXIT_CODES.unproven.code);
    const open = proof.results.filter(({ state }) => state !== 'proven');
    const ofPeople = ['agreed', 'used-twice', 'declined', 'not-an-approver', 'unanswered'].map(
      (id) => `approvals/${id}`,
    );
    expect(open.map(({ id }) => id)).toEqual(['network/unmeasured', ...ofPeople]);
    const calls = proof.results.filter(({ id }) => id.startsWith('calls/')).map(({ id, on }) => `${id} ${on}`);
    expect(calls).toEqual(
      expect.arrayContaining(['calls/allowed clerk', 'calls/undecided triage', 'calls/unapproved triage']),
    );
    const tunnels = proof.results.filter(({ id }) => id.startsWith('tunnels/')).map(({ id, on }) => `${id} ${on}`);
    const ofClerk = ['allowed', 'plain-text', 'other-name', 'over-bytes', 'over-time', 'other-host', 'other-port'];
    expect(tunnels).toEqual([
      'tunnels/not-its-host triage',
      ...[...ofClerk, 'past-the-gateway', 'undecided'].map((id) => `tunnels/${id} clerk`),
    ]);
    expect(proof.threats).toContainEqual(expect.objectContaining({ id: 'tunnel-to-anywhere', state: 'proven' }));
    const shown = new Set(proof.results.filter(({ state }) => state === 'proven').map(({ id }) => id));
    for (const id of [
      'front/asked',
      'front/expired',
      'front/not-among-askers',
      'ledger/recorded',
      'ledger/changed-entry',
    ])
      expect([id, shown.has(id)]).toEqual([id, true]);
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

  test('doctor finds an engine that enforces network policies, and a network without one', async () => {
    const cluster = Cluster.use(kubeconfig);
    const kubectl = `${process.env.FIREPIT_KUBERNETES}/kubectl`;
    const args = [
      'doctor',
      '--kubeconfig',
      kubeconfig,
      '--kubectl',
      kubectl,
      '--probe-image',
      await probeImage(cluster),
    ];
    const asked = async (): Promise<string> => (await node(cwd, [join(ROOT, 'cli/main.ts'), ...args])).stdout;
    expect(await asked()).toMatch(/^proven {4}network-policy: a pair of pods connects/m);
    // As in a network whose plug-in stores policies and looks at none of them.
    cluster.within('iptables', ['-w', '-I', 'FORWARD', '-j', 'ACCEPT']);
    try {
      expect(await asked()).toMatch(
        /^failed {4}network-policy: .* a pair of pods still connects .*\n\s+fix: install a network plug-in/m,
      );
    } finally {
      cluster.within('iptables', ['-w', '-D', 'FORWARD', '-j', 'ACCEPT']);
    }
  }, 400_000);
});
