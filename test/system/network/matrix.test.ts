import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster } from '../../../cluster';
import { built } from '../../../cluster/build';
import { analyzed } from '../../../proof/network/analyzer';
import { create, must } from '../../../proof/network/cluster';
import { computed } from '../../../proof/network/computed';
import { intended } from '../../../proof/network/intended';
import { cellsOf, differences, type Matrix } from '../../../proof/network/matrix';
import { type Measurement, measure } from '../../../proof/network/measure';
import type { Party } from '../../../proof/network/party';
import { openFor, type Quarantined, quarantine } from '../../../proof/network/quarantine';
import { objectsOf } from '../../support/environment';
import { declarationOf, fromOutside, placesOn, probeImage } from './bench';

const NAME = 'desk-network';
const kubeconfig = process.env.FIREPIT_KUBECONFIG ?? '';
const cluster = kubeconfig === '' ? undefined : Cluster.use(kubeconfig);
const bench = cluster?.own ? describe : describe.skip;
if (!cluster?.own)
  process.stdout.write(
    'who reaches whom is not measured: it needs a cluster of our own, npm run test:system starts one\n',
  );

const BACK = 'agent triage → gateway 9443/TCP';
/** A policy somebody adds by mistake: everything, for every agent. */
const MISTAKE = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'mistake', namespace: NAME },
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
};

bench('who reaches whom, measured', () => {
  const own = cluster as Cluster;
  const declaration = declarationOf(NAME);
  const objects = objectsOf(declaration);
  const places = placesOn(declaration);
  const cells = cellsOf(declaration, places);
  const expected = intended(declaration, cells);
  const party = (id: string): Party => {
    const found = cells.find(({ from }) => from.id === id)?.from;
    if (found === undefined) throw new Error(`no party ${id}`);
    return found;
  };
  let measurement: Measurement;
  let quarantined: Quarantined;
  const explicit: { denied: readonly string[]; without: readonly string[] } = { denied: [], without: [] };

  beforeAll(async () => {
    const image = await probeImage(own);
    measurement = await measure(own, {
      cells,
      objects,
      image,
      nodePort: places.nodePort,
      expected,
      from: fromOutside(own),
      afterwards: async (stage) => {
        const agent = party('agent triage');
        quarantined = await quarantine(own, stage, cells, { agent, gateway: party('gateway') });
        create(own, [MISTAKE]);
        explicit.denied = await openFor(stage, cells, agent, (open) => open.length === 0);
        must(own, ['delete', 'clusternetworkpolicy', `${NAME}-quarantine`]);
        explicit.without = await openFor(stage, cells, agent, (open) => open.includes(BACK));
      },
    });
  }, 900_000);

  afterAll(() => {
    if (measurement === undefined) return;
    const folder = join(__dirname, '../../../coverage/proof');
    mkdirSync(folder, { recursive: true });
    const { seconds, matrix, unmeasurable } = measurement;
    const total = Math.round((seconds.prepared + seconds.unprotected + seconds.isolated) * 10) / 10;
    const facts = {
      stage: 'network',
      seconds: total,
      pairs: new Set(cells.map(({ from, to }) => `${from.id} → ${to.id}`)).size,
      cells: matrix.size,
      open: [...matrix.values()].filter(Boolean).length,
      unmeasurable: unmeasurable.length,
      quarantine: quarantined?.died,
    };
    writeFileSync(join(folder, 'network.json'), `${JSON.stringify(facts, undefined, 2)}\n`);
    process.stdout.write(`${JSON.stringify(facts)}\n`);
  });

  test('without policies every door is open, so that a closed one was closed by a policy', () => {
    expect(measurement.unmeasurable).toEqual([]);
    expect(measurement.unserved).toEqual([]);
  });

  const witnesses = async (): Promise<{ name: string; matrix: Matrix }[]> => [
    { name: 'measured', matrix: measurement.matrix },
    { name: 'computed', matrix: computed(objects, cells) },
    { name: 'analyzed', matrix: analyzed(join(await built('netpol-analyzer'), 'netpolicy'), objects, cells) },
  ];

  test('what the declaration intends, what is computed, what others compute and what is measured are the same', async () => {
    for (const { name, matrix } of await witnesses()) {
      // The analyzer knows IPv4 alone.
      const asked = new Map([...expected].filter(([key]) => name !== 'analyzed' || matrix.has(key)));
      expect(asked.size).toBeGreaterThan(9000);
      expect(differences({ name: 'intended', matrix: asked }, { name, matrix })).toEqual([]);
    }
    // A new machine builds the analyzer first.
  }, 600_000);

  test('a quarantined agent reaches nothing and nothing reaches it, also over connections that were open', () => {
    expect(Object.keys(quarantined.died)).toHaveLength(4);
    expect(quarantined.alive).toEqual([]);
    expect(quarantined.open).toEqual([]);
  });

  test('even when somebody opens everything, because the explicit deny stands above; without it the agent is back', () => {
    expect(explicit.denied).toEqual([]);
    expect(explicit.without).toContain(BACK);
  });
});
