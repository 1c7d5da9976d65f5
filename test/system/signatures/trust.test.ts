import { join } from 'node:path';
import { stringify } from 'yaml';
import { selfHostedModel } from '../../../blueprints';
import type { Cluster } from '../../../cluster';
import { standInImage } from '../../../cluster/images';
import { SigningKey } from '../../../cluster/signing';
import { until } from '../../../cluster/until';
import {
  Attestation,
  type EnvironmentDeclaration,
  environment,
  ImageLock,
  type PinnedImage,
  Signer,
  SupplyChain,
} from '../../../lib';
import { BenchEnvironment, benchDeclaration, DEPLOYER, type Ground, onOwnCluster, prepare } from '../environment';

const MINUTES = 60_000;
const CREATED = expect.stringContaining('created (server dry run)');
const byPolicy = (name: string) => expect.stringContaining(`ValidatingAdmissionPolicy 'trust-${name}'`);
const byKyverno = (message: string) =>
  expect.stringMatching(new RegExp(`admission webhook "ivpol\\.validate[\\s\\S]*trust-images[\\s\\S]*${message}`));

/** Selected by the signature policy as the environment's namespaces are, and by no policy about the shape of pods. */
const IMAGES = 'trust-signatures';
const BUILDER = 'https://ci.example.com/builder@v1';
const provenance = (id: string) => ({
  buildDefinition: { buildType: 'https://example.com/build', externalParameters: {} },
  runDetails: { builder: { id } },
});
const SBOM = { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'clerk', packages: [] };

type Certified = Awaited<ReturnType<typeof SigningKey.certified>>;
type Attested = readonly (readonly [key: SigningKey, type: string, predicate: object])[];

/** The contracts desk: agents by certificate and with attestations, models by a key of their own. */
const declared = (ground: Ground, certified: Certified, models: SigningKey, images: Images): EnvironmentDeclaration => {
  const { owner, platform, state } = benchDeclaration(ground, 'trust');
  const second = Signer.key(models.publicKey);
  const desk = selfHostedModel({
    name: 'trust',
    owner,
    platform,
    state,
    images: ImageLock.from({ ...ground.images, images: { ...ground.images.images, modelVerifier: images.verifier } }),
    agentImage: images.clerk as PinnedImage,
    serverImage: images.server as PinnedImage,
    signer: Signer.certificate({ certificate: certified.certificate, chain: certified.chain }),
    reader: { artifact: images.reader as PinnedImage, signer: second },
    summariser: { artifact: images.summariser as PinnedImage, signer: second, files: second },
    host: 'trust.example.com',
    approvalsHost: 'approvals.trust.example.com',
  });
  const { signer, repositories } = desk.supplyChain;
  return environment({
    ...desk,
    supplyChain: SupplyChain.signedBy(signer, {
      ...(repositories === undefined ? {} : { repositories }),
      attested: [Attestation.slsaProvenance({ builder: BUILDER }), Attestation.sbom('spdx')],
    }),
  } as never) as unknown as EnvironmentDeclaration;
};
type Images = Readonly<Record<'clerk' | 'server' | 'reader' | 'summariser' | 'verifier', string>>;

const suite = (cluster: Cluster): void => {
  let trust: BenchEnvironment;
  let images: Images;
  let made = 0;
  let push: (repository: string, attested?: Attested, ...by: readonly SigningKey[]) => string;
  let certified: Certified;
  let models: SigningKey;
  let stranger: Certified;
  let whole: Attested;
  const pod = (image: string, change: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: IMAGES },
    spec: { containers: [{ name: 'agent', image }], ...change },
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests change any part of it
  const served = (model: string): any => {
    const { metadata, spec } = trust.object('Deployment', model).spec.template;
    return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'probe', namespace: 'trust-models' }, spec };
  };
  const answer = (image: string): string => trust.ask(pod(image));

  beforeAll(async () => {
    const ground = await prepare(cluster);
    const { registry, product } = ground;
    const keys = join(cluster.folder ?? '', 'keys');
    certified = await SigningKey.certified(join(keys, 'certified'), registry);
    stranger = await SigningKey.certified(join(keys, 'other-authority'), registry);
    models = await SigningKey.in(join(keys, 'models'), registry);
    whole = [
      [certified.key, 'slsaprovenance1', provenance(BUILDER)],
      [certified.key, 'spdxjson', SBOM],
    ];
    // Same repository, other content: each has a digest of its own.
    push = (repository, attested = [], ...by) => {
      made += 1;
      const reference = registry.push(repository, standInImage('listen', `tcp:${2000 + made}`), `trust-${made}`);
      for (const key of by) key.sign(registry, reference);
      for (const [key, type, predicate] of attested) key.attest(registry, reference, type, predicate);
      return reference;
    };
    images = {
      clerk: push('agents/clerk', whole, certified.key),
      server: push('servers/vllm', whole, certified.key),
      reader: push('models/reader', [], models),
      summariser: push('models/summariser', [], models),
      verifier: push('firepit/model-signing', [], product),
    };
    trust = new BenchEnvironment(ground, declared(ground, certified, models, images));
    // Nothing runs: pods are asked about, one by one.
    const quiet = trust.objects.filter(({ kind }) => kind !== 'Deployment' && kind !== 'StatefulSet');
    const text = quiet.map((object) => stringify(object)).join('---\n');
    const { ok, out } = cluster.kubectl(['apply', '--server-side', '-f', '-', ...DEPLOYER], text);
    expect([ok, ok ? '' : out]).toEqual([true, '']);
    const labels = { 'firepit.dev/environment': 'trust', 'firepit.dev/governed': 'agents' };
    cluster.apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: IMAGES, labels } }));
    for (const namespace of [IMAGES, 'trust-models'])
      await until(
        'its account exists',
        () => cluster.kubectl(['get', 'serviceaccount', 'default', '-n', namespace]).ok,
      );
    await until('the policy is asked', () => ground.kyverno.asks().includes('trust-images'), 120);
    await until('an image as declared is admitted', () => answer(images.clerk).includes('created'), 120);
  }, 10 * MINUTES);

  afterAll(async () => {
    cluster.kubectl(['delete', 'namespace', IMAGES, 'trust-models', '--ignore-not-found', '--wait=false']);
    await trust?.stop();
  }, 5 * MINUTES);

  test('a certificate and its key vouch, with everything attested', () => {
    expect(answer(images.clerk)).toEqual(CREATED);
    expect(answer(images.server)).toEqual(CREATED);
  });

  test('another certificate, the signer of the models, and nobody are strangers', () => {
    for (const by of [[stranger.key], [models], []])
      expect(answer(push('agents/clerk', [], ...by))).toEqual(
        byKyverno('not signed by the signer declared for agents'),
      );
  });

  test('the second signer vouches for its repositories, and the first does not', () => {
    expect(answer(images.reader)).toEqual(CREATED);
    expect(answer(push('models/reader', whole, certified.key))).toEqual(byKyverno('declared for repository1'));
    expect(answer(push('models/summariser', [], stranger.key))).toEqual(byKyverno('declared for repository2'));
  });

  test.each<[string, () => Attested, string]>([
    ['no attestation at all', () => [], 'without the provenance'],
    ['no provenance', () => whole.slice(1), 'without the provenance'],
    ['no bill of materials', () => whole.slice(0, 1), 'without the spdx bill of materials'],
    [
      'the provenance of another builder',
      () => [[certified.key, 'slsaprovenance1', provenance(`${BUILDER}.example.net`)], ...whole.slice(1)],
      'without the provenance',
    ],
    [
      'provenance that a stranger signed',
      () => [[stranger.key, 'slsaprovenance1', provenance(BUILDER)], ...whole.slice(1)],
      'without the provenance',
    ],
    [
      'the same words as another predicate',
      () => [[certified.key, 'custom', provenance(BUILDER)], ...whole.slice(1)],
      'without the provenance',
    ],
    ['another bill of materials', () => [...whole.slice(0, 1), [certified.key, 'cyclonedx', {}]], 'without the spdx'],
  ])('an image with %s is refused', (_, attested, message) => {
    expect(answer(push('agents/clerk', attested(), certified.key))).toEqual(byKyverno(message));
  });

  describe('a model of one’s own', () => {
    test('is admitted as it was written, with and without the check of its files', () => {
      expect(trust.ask(served('reader'))).toEqual(CREATED);
      expect(trust.ask(served('summariser'))).toEqual(CREATED);
    });

    test('with another artefact, which the same signer signed, is refused by the API server', () => {
      const other = push('models/reader', [], models);
      const changed = served('reader');
      changed.spec.volumes[0].image.reference = other;
      // Two policies see it, and which is named is the API server's choice.
      expect(trust.ask(changed)).toMatch(/ValidatingAdmissionPolicy 'trust-model(s|-pods)'/);
    });

    test('without the check of its files, or with another, is refused', () => {
      const without = served('summariser');
      without.spec.initContainers.shift();
      expect(trust.ask(without)).toEqual(byPolicy('model-pods'));
      const other = served('summariser');
      other.spec.initContainers[0].args = ['--help'];
      expect(trust.ask(other)).toEqual(byPolicy('model-pods'));
    });

    test('is no agent, and no agent is one', () => {
      const agent = trust.pod('clerk');
      agent.metadata.namespace = 'trust-models';
      agent.spec.serviceAccountName = served('reader').spec.serviceAccountName;
      expect(trust.ask(agent)).toEqual(byPolicy('model-pods'));
      const model = served('reader');
      model.metadata.namespace = 'trust';
      model.spec.serviceAccountName = 'clerk';
      expect(trust.ask(model)).toEqual(byPolicy('agent-pods'));
    });
  });

  test(
    'an attestor that is loosened in the cluster stops everything',
    async () => {
      const [first, ...others] = trust.object('ImageValidatingPolicy', 'trust-images').spec.attestors;
      const { certChain } = first.cosign.certificate;
      const loose = [{ ...first, cosign: { ...first.cosign, certificate: { certChain } } }, ...others];
      const patch = ['--type=merge', '-p', JSON.stringify({ spec: { attestors: loose } })];
      expect(cluster.kubectl(['patch', 'imagevalidatingpolicy', 'trust-images', ...patch]).ok).toBe(true);
      await until('the API server sees the change', () => !trust.ask(served('reader')).includes('created'));
      expect(trust.ask(served('reader'))).toEqual(byPolicy('signed-images'));
    },
    4 * MINUTES,
  );
};

onOwnCluster('trust on a real cluster', suite);
