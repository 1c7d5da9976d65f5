import { stringify } from 'yaml';
import type { Cluster } from '../../../cluster';
import { ADDRESSES } from '../../../cluster/addresses';
import { standInImage } from '../../../cluster/images';
import { makeDatabase } from '../../../cluster/postgres';
import { HOST, type How, PrivateSigstore } from '../../../cluster/sigstore';
import { until } from '../../../cluster/until';
import { Attestation, type EnvironmentDeclaration, environment, Signer, SupplyChain } from '../../../lib';
import { BenchEnvironment, benchDeclaration, DEPLOYER, type Ground, prepare } from '../environment';
import { whenLong } from '../workloads/long';

const MINUTES = 60_000;
const E = 'keyless';
const CREATED = expect.stringContaining('created (server dry run)');
const byKyverno = (message: string) =>
  expect.stringMatching(new RegExp(`admission webhook "ivpol\\.validate[\\s\\S]*${E}-images[\\s\\S]*${message}`));
/** Selected by the signature policy as the environment's namespaces are, and by no policy about the shape of pods. */
const IMAGES = `${E}-signatures`;
const DATABASE = { namespace: 'bench-state', name: 'sigstore', password: 'sigstore' };

const SUBJECT = 'release@example.com';
const STRANGER = 'release@example.net';
const SBOM = { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'triage', packages: [] };

const declared = (ground: Ground, sigstore: PrivateSigstore): EnvironmentDeclaration =>
  environment({
    ...benchDeclaration(ground, E),
    supplyChain: SupplyChain.signedBy(Signer.privateSigstore({ ...sigstore.described, subject: SUBJECT }), {
      attested: [Attestation.sbom('spdx')],
    }),
  } as never) as unknown as EnvironmentDeclaration;

/** Trillian's database, in the PostgreSQL that the environments use. */
async function databaseOf(cluster: Cluster): Promise<string> {
  const { namespace, name, password } = DATABASE;
  await makeDatabase(cluster, namespace, name, password);
  const { clusterIP } = cluster.get('service', 'postgres', '-n', namespace).spec;
  return `postgresql://${name}:${password}@${clusterIP}:5432/${name}?sslmode=require`;
}

/** Fulcio, Rekor and the log of certificates of one's own, as released; Kyverno reads the policy that was written. */
const suite = (cluster: Cluster): void => {
  let ground: Ground;
  let sigstore: PrivateSigstore;
  let keyless: BenchEnvironment;
  let made = 0;

  /** Same repository, other content: each has a digest of its own. */
  const push = (): string => {
    made += 1;
    return ground.registry.push('agents/triage', standInImage('listen', `tcp:${4000 + made}`), `keyless-${made}`);
  };
  const signed = async (how: Partial<How>, attestedBy: Partial<How> | null = how): Promise<string> => {
    const reference = push();
    await sigstore.sign(reference, { subject: SUBJECT, ...how });
    if (attestedBy !== null) await sigstore.attest(reference, 'spdxjson', SBOM, { subject: SUBJECT, ...attestedBy });
    return reference;
  };
  const answer = (image: string): string =>
    keyless.ask({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe', namespace: IMAGES },
      spec: { containers: [{ name: 'agent', image }] },
    });
  /** Why Kyverno refused it: what its log says of the image. */
  const why = (image: string): string => ground.kyverno.said(image.split('@')[1] ?? '').join('\n');

  beforeAll(async () => {
    ground = await prepare(cluster);
    await ground.kyverno.finds(HOST, ADDRESSES.node.v4);
    sigstore = await PrivateSigstore.start(cluster, ground.registry, await databaseOf(cluster));
    keyless = new BenchEnvironment(ground, declared(ground, sigstore));
    // Nothing runs: pods are asked about, one by one.
    const quiet = keyless.objects.filter(({ kind }) => kind !== 'Deployment' && kind !== 'StatefulSet');
    const text = quiet.map((object) => stringify(object)).join('---\n');
    const { ok, out } = cluster.kubectl(['apply', '--server-side', '-f', '-', ...DEPLOYER], text);
    expect([ok, ok ? '' : out]).toEqual([true, '']);
    const labels = { 'firepit.dev/environment': E, 'firepit.dev/governed': 'agents' };
    cluster.apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: IMAGES, labels } }));
    await until('its account exists', () => cluster.kubectl(['get', 'serviceaccount', 'default', '-n', IMAGES]).ok);
    await until('the policy is asked', () => ground.kyverno.asks().includes(`${E}-images`));
  }, 15 * MINUTES);

  afterAll(async () => {
    cluster.kubectl(['delete', 'namespace', IMAGES, '--ignore-not-found', '--wait=false']);
    await keyless?.stop();
    sigstore?.stop();
  }, 5 * MINUTES);

  test.each<[string, Partial<How>]>([
    ['in Rekor’s log', {}],
    ['in the log of its second version, with a timestamp', { rekor: 'tiles', timestamps: 'own' }],
  ])('what the declared identity signed and attested is admitted: %s', async (_, how) => {
    const image = await signed(how);
    await until(
      () => `it is admitted: ${why(image)}`,
      () => answer(image).includes('created'),
    );
    expect(answer(image)).toEqual(CREATED);
  });

  const NO_LOG = /not enough verified log entries from transparency log: 0 < 1/;
  const NO_SCT = /only able to verify 0 SCT entries/;
  test.each<[string, Partial<How>, RegExp]>([
    ['by another Fulcio', { fulcio: 'other' }, /leaf certificate verification failed/],
    [
      'for somebody else',
      { subject: STRANGER },
      /expected SAN value \W+release@example.com\W.*got \W+release@example.net\W/,
    ],
    ['by another issuer', { issuer: 'other' }, /expected issuer value .*\/issuer\W.*got .*\/other-issuer\W/],
    ['with a certificate of no log', { fulcio: 'unlogged' }, NO_SCT],
    ['with a certificate of another log', { fulcio: 'otherLog' }, NO_SCT],
    ['that is in no log', { rekor: 'none' }, NO_LOG],
    ['that is in no log and has a timestamp', { rekor: 'none', timestamps: 'own' }, NO_LOG],
    ['that is in another log', { rekor: 'other' }, NO_LOG],
    ['that is in another log of the second version', { rekor: 'otherTiles', timestamps: 'own' }, NO_LOG],
    ['with a timestamp of another authority', { rekor: 'tiles', timestamps: 'other' }, /failed to verify timestamps/],
  ])('a signature %s is refused', async (_, how, reason) => {
    const image = await signed(how, null);
    expect(answer(image)).toEqual(byKyverno('not signed by the signer declared for agents'));
    expect(why(image)).toMatch(reason);
  });

  test('an unsigned image, and one that a key signed, are refused', () => {
    const [unsigned, byKey] = [push(), push()];
    ground.team.sign(ground.registry, byKey);
    for (const [image, reason] of [
      [unsigned, /no signatures found/],
      [byKey, NO_LOG],
    ] as const) {
      expect(answer(image)).toEqual(byKyverno('not signed by the signer declared for agents'));
      expect(why(image)).toMatch(reason);
    }
  });

  test('attested by nobody, or by somebody else: refused', async () => {
    for (const by of [null, { subject: STRANGER }])
      expect(answer(await signed({}, by))).toEqual(byKyverno('without the spdx bill of materials'));
  });

  test('while its mirror is away nothing new is admitted; what Kyverno has verified it remembers', async () => {
    const [known, fresh] = [await signed({}), await signed({})];
    expect(answer(known)).toEqual(CREATED);
    await sigstore.goAway();
    try {
      expect(answer(fresh)).toEqual(byKyverno('not signed by the signer declared for agents'));
      expect(why(fresh)).toMatch(/failed to initialize TUF client/);
      expect(answer(known)).toEqual(CREATED);
    } finally {
      sigstore.comeBack();
    }
    await until('it is admitted again', () => answer(fresh).includes('created'));
  });
};

whenLong('signatures of a private Sigstore', suite);
