import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from '../../../cluster';
import { standInImage } from '../../../cluster/images';
import { SigningKey } from '../../../cluster/signing';
import { until } from '../../../cluster/until';
import { type BenchEnvironment, bench, onOwnCluster } from '../environment';

const MINUTES = 60_000;
const CREATED = expect.stringContaining('created (server dry run)');
const byPolicy = (name: string) => expect.stringContaining(`ValidatingAdmissionPolicy 'bench-${name}'`);
const byKyverno = (message: string) =>
  expect.stringMatching(new RegExp(`admission webhook "ivpol\\.validate[\\s\\S]*bench-images[\\s\\S]*${message}`));
/** The webhook is registered and nobody answers. */
const byNobody = expect.stringContaining('failed calling webhook "ivpol.validate');

/** Selected by the signature policy as the agents' namespace is, and by no policy about the shape of pods. */
const IMAGES = 'bench-signatures';

const suite = (cluster: Cluster): void => {
  let environment: BenchEnvironment;
  const images: Record<'unsigned' | 'stranger' | 'product' | 'elsewhere', string> = {
    unsigned: '',
    stranger: '',
    product: '',
    elsewhere: '',
  };
  const pod = (image: string, change: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: IMAGES },
    spec: { containers: [{ name: 'agent', image }], ...change },
  });
  const declared = (): string => environment.ask(environment.pod('triage'));
  const unsigned = (): string => environment.ask(pod(images.unsigned));
  /** Where Kyverno is away on purpose, its first answer counts. */
  const atOnce = {
    declared: (): string => environment.askOnce(environment.pod('triage')),
    unsigned: (): string => environment.askOnce(pod(images.unsigned)),
  };
  const again = (): Promise<void> =>
    until('the declared pod is admitted again', () => declared().includes('created'), 180);

  beforeAll(async () => {
    environment = await bench(cluster);
    const { ground } = environment;
    const { registry } = ground;
    const stranger = await SigningKey.in(join(cluster.folder ?? '', 'keys', 'stranger'), registry);
    // Same repository, other content: each has a digest of its own.
    const push = (repository: string, what: string): string =>
      registry.push(repository, standInImage('listen', `tcp:${what.length + 1000}`), what);
    images.unsigned = push('agents/triage', 'unsigned');
    images.stranger = push('agents/triage', 'stranger-signed');
    images.product = push('agents/triage', 'product');
    images.elsewhere = push('agents/elsewhere', 'team-elsewhere');
    stranger.sign(registry, images.stranger);
    ground.product.sign(registry, images.product);
    ground.team.sign(registry, images.elsewhere);
    const labels = { 'firepit.dev/environment': 'bench', 'firepit.dev/governed': 'agents' };
    cluster.apply(stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: IMAGES, labels } }));
    await until('its account exists', () => cluster.kubectl(['get', 'serviceaccount', 'default', '-n', IMAGES]).ok);
    await again();
  }, 10 * MINUTES);

  afterAll(async () => {
    await environment?.ground.registry.comeBack();
    await environment?.ground.kyverno.back();
    cluster.kubectl(['delete', 'namespace', IMAGES, '--ignore-not-found', '--wait=false']);
  }, 5 * MINUTES);

  describe('whose image runs', () => {
    test('what the declared signers signed is admitted', () => {
      expect(declared()).toEqual(CREATED);
      expect(environment.ask(pod(environment.ground.agentImage))).toEqual(CREATED);
      expect(environment.ask(pod(environment.ground.images.images.envoy))).toEqual(CREATED);
    });

    test('an unsigned image of a trusted repository is refused', () => {
      expect(unsigned()).toEqual(byKyverno('not signed by the signer declared for agents'));
    });

    test("a stranger's signature is none, nor is the product's on an agent", () => {
      for (const image of [images.stranger, images.product])
        expect(environment.ask(pod(image))).toEqual(byKyverno('not signed by the signer declared for agents'));
    });

    test('our signature on an image of another repository is refused', () => {
      expect(environment.ask(pod(images.elsewhere))).toEqual(byKyverno('from a repository that no trust root covers'));
    });

    test('an image by tag is refused, signed or not', () => {
      const [repository = ''] = environment.ground.agentImage.split('@');
      expect(environment.ask(pod(`${repository}:latest`))).toEqual(byKyverno(''));
    });

    test('one unsigned container beside a signed one is enough', () => {
      const both = pod(environment.ground.agentImage, { initContainers: [{ name: 'first', image: images.unsigned }] });
      expect(environment.ask(both)).toEqual(byKyverno('not signed'));
    });

    test('a model by tag, off the list or unsigned is refused by the list', () => {
      const [repository = ''] = environment.ground.agentImage.split('@');
      for (const reference of [`${repository}:latest`, environment.ground.agentImage, images.unsigned]) {
        const volumes = [{ name: 'model', image: { reference } }];
        expect(environment.ask(pod(environment.ground.agentImage, { volumes }))).toEqual(byPolicy('models'));
      }
    });
  });

  describe('while the check is away, new agent pods are refused; when it is back, admitted', () => {
    test(
      'Kyverno scaled to zero: by the API server',
      async () => {
        await environment.ground.kyverno.scaleToZero();
        await until('its webhooks are gone', () => !environment.ground.kyverno.asks().includes('bench-images'));
        expect(declared()).toEqual(byPolicy('signature-check'));
        await environment.ground.kyverno.back();
        await again();
      },
      8 * MINUTES,
    );

    test(
      'Kyverno killed: nothing unsigned slips through before it is back',
      async () => {
        const said: string[] = [];
        environment.ground.kyverno.kill();
        await until('it answers again', () => {
          said.push(atOnce.declared(), atOnce.unsigned());
          return said.at(-2)?.includes('created') === true && said.some((answer) => answer.includes('failed calling'));
        });
        expect(said.some((answer) => answer.includes('failed calling webhook "ivpol.validate'))).toBe(true);
        expect(said.filter((answer, i) => i % 2 === 1 && answer.includes('created'))).toEqual([]);
        await again();
      },
      8 * MINUTES,
    );

    test(
      'Kyverno crashed but registered: the webhook fails closed',
      async () => {
        await environment.ground.kyverno.crash();
        expect(atOnce.declared()).toEqual(byNobody);
        expect(atOnce.unsigned()).toEqual(byNobody);
        await environment.ground.kyverno.back();
        await again();
      },
      8 * MINUTES,
    );

    test(
      'the policy weakened, then deleted: by the API server',
      async () => {
        const weaker = ['--type=merge', '-p', '{"spec":{"validationActions":["Audit"]}}'];
        expect(cluster.kubectl(['patch', 'imagevalidatingpolicy', 'bench-images', ...weaker]).ok).toBe(true);
        await until('the API server sees the change', () => !declared().includes('created'));
        expect(declared()).toEqual(byPolicy('signed-images'));
        expect(cluster.kubectl(['delete', 'imagevalidatingpolicy', 'bench-images']).ok).toBe(true);
        await until('the API server sees that it is gone', () => declared().includes('no params found'));
        expect(declared()).toEqual(byPolicy('signed-images'));
        environment.apply();
        await again();
      },
      8 * MINUTES,
    );

    test('nobody is excepted', () => {
      const exception = (name: string): object => ({
        apiVersion: 'policies.kyverno.io/v1',
        kind: 'PolicyException',
        metadata: { name: 'for-now', namespace: 'kyverno' },
        spec: { policyRefs: [{ kind: 'ImageValidatingPolicy', name }] },
      });
      for (const name of ['bench-images', '*', 'bench-*', '?ench-images'])
        expect(environment.ask(exception(name))).toEqual(byPolicy('no-policy-exceptions'));
      for (const name of ['somebody-elses', 'somebody-*']) expect(environment.ask(exception(name))).toEqual(CREATED);
    });

    test(
      'the registry gone: Kyverno cannot tell, and refuses',
      async () => {
        await environment.ground.registry.goAway();
        expect(declared()).toEqual(byKyverno('connection refused|failed to'));
        await environment.ground.registry.comeBack();
        await again();
      },
      8 * MINUTES,
    );
  });
};

onOwnCluster('signatures on a real cluster', suite);
