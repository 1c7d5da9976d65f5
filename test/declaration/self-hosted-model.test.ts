import { environment, Health, Isolation, SelfHostedModel, Signer } from '../../lib/declaration';
import { contracts } from '../support/own-models';
import { put, refusal } from './_data';

const base = contracts();
/** What the contracts desk is refused with once a value is put, as lines. */
const found = (path: string, value: unknown): string[] | undefined => {
  const data = put(structuredClone(base) as never, path, value);
  return refusal(() => environment(data as never))?.map((f) => `${f.path}: ${f.expected}`);
};
const { reader, summariser } = base.models as Readonly<Record<string, SelfHostedModel>>;

describe('models of one’s own', () => {
  test('the contracts desk is accepted, and its defaults are said', () => {
    expect(refusal(() => environment(structuredClone(base) as never))).toBeUndefined();
    expect(reader).toMatchObject({ path: '/models', integrity: { kind: 'artifact' } });
    expect(summariser).toMatchObject({ integrity: { kind: 'files', signature: 'model.sig' } });
  });

  test.each<[string, string, unknown, string, string]>([
    [
      'an artefact by tag',
      'models.reader.artifact',
      'registry.example.com/models/reader:7b',
      'models.reader.artifact',
      'by digest',
    ],
    [
      'a file in place of an artefact',
      'models.reader.artifact',
      '/data/reader.gguf',
      'models.reader.artifact',
      'by digest',
    ],
    ['no artefact', 'models.reader.artifact', undefined, 'models.reader.artifact', 'by digest'],
    [
      'files that nobody signed',
      'models.summariser.integrity.signer',
      undefined,
      'models.summariser.integrity.signer',
      'signer',
    ],
    [
      'files signed by an identity',
      'models.summariser.integrity.signer',
      Signer.keyless({ issuer: 'https://login.example.com', subject: 'release@example.com' }),
      'models.summariser.integrity.signer',
      'a signer by key',
    ],
    [
      'a signature outside the artefact',
      'models.summariser.integrity.signature',
      '../model.sig',
      'models.summariser.integrity.signature',
      'inside the artefact',
    ],
    ['a Kubernetes without image volumes', 'platform.version', '1.34', 'platform.version', '1.35'],
    [
      'a model over the system',
      'models.reader.path',
      '/usr/lib/models',
      'models.reader.path',
      'apart from the directories',
    ],
    [
      'a model in what the server writes',
      'models.reader.path',
      '/tmp/models',
      'models.reader.server.behaviour.writes[0]',
      'apart from /tmp/models',
    ],
    ['an alias that moves', 'models.reader.names.0', 'reader-latest', 'models.reader.names[0]', 'moving alias'],
    [
      'an isolation that is not there',
      'platform.runtimeClasses',
      undefined,
      'models.reader.server.isolation',
      'an isolation this platform has',
    ],
    [
      'a server that ends',
      'models.reader.server.health',
      Health.exits(),
      'models.reader.server.health',
      'does not end',
    ],
    [
      'a server without resources',
      'models.reader.server.resources',
      undefined,
      'models.reader.server.resources',
      'what one replica gets',
    ],
    [
      "a server on its sidecar's port",
      'models.reader.server.port',
      8443,
      'models.reader.server.port',
      "other than the sidecar's",
    ],
    [
      'a hub to ask',
      'models.reader.server.env.HTTPS_PROXY',
      'http://x',
      'models.reader.server.env.HTTPS_PROXY',
      'does not set itself',
    ],
    ['a credential', 'models.reader.server.env.HF_TOKEN', 'x', 'models.reader.server.env.HF_TOKEN', 'no credential'],
    [
      'a device without a name',
      'models.reader.server.accelerator.resource',
      'gpu',
      'models.reader.server.accelerator.resource',
      'extended resource',
    ],
    [
      'no image that verifies',
      'images.images.modelVerifier',
      undefined,
      'images.images.modelVerifier',
      'verifies the files of the model summariser',
    ],
    ['a name that is another namespace', 'name', 'contracts-models', 'name', "does not end in '-models'"],
    [
      'a product image as artefact',
      'models.reader.artifact',
      base.images.images.envoy,
      'models.reader.artifact',
      'an image of its own',
    ],
  ])('%s is refused', (_, path, value, where, expected) => {
    const isolated = structuredClone(base) as never;
    if (path === 'platform.runtimeClasses') put(isolated, 'models.reader.server.isolation', Isolation.gvisor());
    const lines =
      path === 'platform.runtimeClasses'
        ? refusal(() => environment(put(isolated, path, value) as never))?.map((f) => `${f.path}: ${f.expected}`)
        : found(path, value);
    expect(lines?.filter((line) => line.startsWith(`${where}: `) && line.includes(expected))).toHaveLength(1);
  });

  test('a repository of the trust that nothing comes from is named', () => {
    const [first = ''] = Object.keys(base.supplyChain.repositories ?? {});
    const data = structuredClone(base) as never as { supplyChain: { repositories: Record<string, unknown> } };
    data.supplyChain.repositories[`${first}s`] = data.supplyChain.repositories[first];
    const lines = refusal(() => environment(data as never))?.map((f) => f.path);
    expect(lines).toEqual([`supplyChain.repositories['${first}s']`]);
  });

  test('an agent that would be taken for a model is told so', () => {
    const data = structuredClone(base) as never as { agents: Record<string, unknown> };
    data.agents['model-reader'] = data.agents.clerk;
    expect(refusal(() => environment(data as never))?.map((f) => f.path)).toEqual(['models.reader']);
  });

  test('the factories make what the schema takes, in plain JavaScript too', () => {
    const props = {
      names: ['a'],
      artifact: reader?.artifact,
      server: reader?.server,
      signer: Signer.key('x'),
      more: 1,
    };
    const model = SelfHostedModel.files(props as never);
    expect(found('models.summariser', model)).toEqual(
      expect.arrayContaining([expect.stringContaining('models.summariser.more'), expect.stringContaining('publicKey')]),
    );
  });
});
