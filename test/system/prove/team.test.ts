import type { Cluster } from '../../../cluster';
import { emptyPostgresImage, POSTGRES_USERS } from '../../../cluster/postgres';
import { AgentEnvironment, App } from '../../../lib';
import type { Manifest } from '../../../lib/synth/object';
import type { Images } from '../../../proof/control-point/neighbours';
import { controlPoint } from '../../../proof/control-point/prove';
import { neighboursOf, twinOf } from '../../../proof/control-point/twin';
import { copyName, copyOf } from '../../../proof/copy';
import { project } from '../../support/cli';
import { team } from '../../support/team';
import { benchDeclaration, type Ground, prepare } from '../environment';
import { probeImage } from '../network/bench';
import { whenLong } from '../workloads/long';
import { withOpenGateway } from './broken';

const MINUTES = 60_000;
/** What must not pass to the researcher's host, and is tried while all is there. */
const JUDGED = ['plain-text', 'other-name', 'over-bytes', 'over-time', 'other-host', 'other-port'];

/** What the research team's agents call and tunnel to, on a whole cluster; and with a gateway that is broken on purpose. */
const suite = (cluster: Cluster): void => {
  let ground: Ground;
  let images: Images;
  beforeAll(async () => {
    ground = await prepare(cluster);
    const users = `${project({ users: POSTGRES_USERS })}/users`;
    images = {
      calls: await probeImage(cluster),
      database: ground.registry.push('bench/empty-postgres', emptyPostgresImage(users)),
    };
  }, 10 * MINUTES);

  /** `id agent` of the cases in a state. */
  const tried = async (spoil: (objects: readonly Manifest[]) => readonly Manifest[] = (all) => all) => {
    const { platform } = benchDeclaration(ground, 'team');
    const agents = { lead: ground.agentImage, researcher: ground.agentImage, writer: ground.agentImage };
    const twin = twinOf(
      copyOf(team({ name: 'team', platform, images: ground.images, agentImages: agents }), copyName('team')),
    );
    const objects = new AgentEnvironment(new App({ outdir: 'unused' }), twin).objects() as unknown as Manifest[];
    try {
      const results = await controlPoint({ cluster, declaration: twin, objects: spoil(objects), images });
      return (wanted: string): string[] =>
        results
          .filter(({ id, state }) => !id.startsWith('approvals/') && state === wanted)
          .map(({ id, on, why }) => `${id} ${on}${wanted === 'proven' ? '' : `: ${why}`}`);
    } finally {
      const { name } = twin;
      cluster.kubectl(['delete', 'namespace', name, `${name}-control`, neighboursOf(name), '--wait=false']);
      cluster.kubectl(['delete', 'clusterrolebinding', '-l', `firepit.dev/environment=${name}`]);
    }
  };

  test(
    'every call and every tunnel is proven',
    async () => {
      const found = await tried();
      expect([...found('failed'), ...found('unproven')]).toEqual([]);
      expect(found('proven')).toEqual(
        expect.arrayContaining([
          ...['allowed', ...JUDGED, 'past-the-gateway', 'undecided'].map((id) => `tunnels/${id} researcher`),
          ...['tunnels/not-its-host lead', 'tunnels/not-its-host writer', 'calls/peer-in-no-run lead'],
        ]),
      );
    },
    8 * MINUTES,
  );

  test(
    'a gateway that asks nobody about tunnels has failed, in each case that it is asked for',
    async () => {
      const found = await tried(withOpenGateway);
      const failed = found('failed').map((line) => line.replace(/:.*$/s, ''));
      expect(failed.toSorted()).toEqual(
        [
          ...[...JUDGED, 'undecided'].map((id) => `tunnels/${id} researcher`),
          ...['tunnels/not-its-host lead', 'tunnels/not-its-host writer', 'ledger/recorded undefined'],
        ].toSorted(),
      );
    },
    8 * MINUTES,
  );
};
whenLong('the research team', suite);
