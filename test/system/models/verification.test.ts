import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonWith } from '../../../judges/tools';
import { Signer } from '../../../lib';
import { objectsOf, only } from '../../support/environment';
import { contracts } from '../../support/own-models';

/** OpenSSF model signing as it is released; it imports pyOpenSSL and does not say so. */
const PROGRAM = ['model-signing', '1.1.1', 'pyOpenSSL==26.4.0'] as const;

const folder = mkdtempSync(join(tmpdir(), 'model-'));
const at = (...path: readonly string[]): string => join(folder, ...path);
const openssl = (...args: readonly string[]): unknown =>
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
let python = '';

/** What the first init container of a model's pod says to a model, with the key that its environment was declared with. */
const verdict = (model: string, key: string): string => {
  const files = Signer.key(readFileSync(at(key), 'utf8'));
  const objects = objectsOf(contracts({ summariser: { ...contractsModel(), files } }));
  const [{ args }] = only(objects, 'Deployment', 'summariser').spec.template.spec.initContainers;
  const { data } = objects.find((o) => o.metadata.name?.startsWith('summariser-signer-')) as never as {
    data: Record<string, string>;
  };
  // The pod's root is this folder: the model where it is mounted, the key where it is mounted.
  const root = mkdtempSync(at('root-'));
  cpSync(at(model), join(root, 'models'), { recursive: true });
  const mounted = args[args.indexOf('--public_key') + 1] as string;
  mkdirSync(join(root, dirname(mounted)), { recursive: true });
  writeFileSync(join(root, mounted), data['signer.pub'] ?? '');
  const { status, stdout, stderr } = spawnSync(
    python,
    ['-m', 'model_signing', ...args.map((arg: string) => (arg.startsWith('/') ? join(root, arg) : arg))],
    { encoding: 'utf8' },
  );
  return `${status} ${stdout}${stderr}`;
};
const contractsModel = () => {
  const { artifact } = contracts().models.summariser as never as { artifact: `${string}@sha256:${string}` };
  return { artifact, signer: Signer.key(readFileSync(at('own.pub'), 'utf8')) };
};

beforeAll(() => {
  python = pythonWith(...PROGRAM);
  for (const name of ['own', 'other']) {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.pem`);
    openssl('ec', '-in', `${name}.pem`, '-pubout', '-out', `${name}.pub`);
  }
  mkdirSync(at('signed'));
  writeFileSync(at('signed', 'model.safetensors'), 'weights');
  writeFileSync(at('signed', 'config.json'), '{}');
  const sign = ['sign', 'key', at('signed'), '--signature', at('signed', 'model.sig'), '--private_key', at('own.pem')];
  execFileSync(python, ['-m', 'model_signing', ...sign], { stdio: 'ignore' });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the signed model, with one thing wrong. */
const spoilt = (name: string, change: (file: (name: string) => string) => void): string => {
  cpSync(at('signed'), at(name), { recursive: true });
  change((file) => at(name, file));
  return name;
};

test('a model as it was signed is verified', () => {
  expect(verdict('signed', 'own.pub')).toMatch(/^0 Verification succeeded/);
});

test.each<[string, () => [model: string, key: string], RegExp]>([
  ['another key', () => ['signed', 'other.pub'], /^1 .*Key mismatch/],
  ['a file more', () => [spoilt('more', (file) => writeFileSync(file('load.py'), 'x')), 'own.pub'], /^1 .*Extra files/],
  ['a file less', () => [spoilt('less', (file) => rmSync(file('config.json'))), 'own.pub'], /^1 /],
  [
    'another file',
    () => [spoilt('other', (file) => writeFileSync(file('config.json'), '[]')), 'own.pub'],
    /^1 .*Hash mismatch/,
  ],
  ['no signature', () => [spoilt('unsigned', (file) => rmSync(file('model.sig'))), 'own.pub'], /^1 /],
])('%s ends the pod before the model is served', (_, wrong, said) => {
  expect(verdict(...wrong())).toMatch(said);
});
