import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuiltImages, buildImages, copySources, imagesOf } from '../../../image/build';
import type { Sbom } from '../../../image/sbom';
import { SERVICES } from '../../../image/services';
import { Unpacked } from './unpacked';

const ROOT = join(__dirname, '../../..');
const work = mkdtempSync(join(tmpdir(), 'firepit-contents-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const sources = join(work, 'sources');
let built: BuiltImages;
beforeAll(async () => {
  copySources(sources);
  built = await imagesOf(sources);
}, 600_000);

describe.each(SERVICES)('the image of the %s', (service) => {
  let image: Unpacked;
  beforeAll(() => {
    image = new Unpacked(built[service], join(work, service));
  });
  const files = (): string[] => image.entries().filter((path) => lstatSync(join(image.root, path)).isFile());
  const sbom = (): Sbom => JSON.parse(image.bytes('usr/share/firepit/sbom.cdx.json').toString());

  test('holds Node, the libraries it is linked to, the service, licences and the bill, and nothing else', () => {
    const licence = /^\/usr\/share\/licenses\//;
    expect(
      files()
        .filter((path) => !licence.test(path))
        .map((path) => path.replace(/(x86_64|aarch64)-linux-gnu|x86-64|aarch64/g, 'ARCH'))
        .sort(),
    ).toEqual([
      '/lib/ARCH/libc.so.6',
      '/lib/ARCH/libdl.so.2',
      '/lib/ARCH/libgcc_s.so.1',
      '/lib/ARCH/libm.so.6',
      '/lib/ARCH/libpthread.so.0',
      '/lib/ARCH/libstdc++.so.6',
      expect.stringMatching(/^\/lib(64)?\/ld-linux-ARCH\.so\.[12]$/),
      '/usr/bin/node',
      ...(service === 'governor' ? ['/usr/lib/firepit/cedar_wasm_bg.wasm'] : []),
      '/usr/lib/firepit/main.js',
      '/usr/share/firepit/sbom.cdx.json',
    ]);
    for (const path of files().filter((file) => licence.test(file)))
      expect(image.bytes(path).subarray(0, 4).toString('latin1')).not.toMatch(/^(\x7fELF|#!)/);
  });

  test('has no setuid file, no link, and nothing that anybody but root could change', () => {
    for (const path of image.entries()) {
      const { mode, uid, gid, mtimeMs } = lstatSync(join(image.root, path));
      expect({ path, kind: mode & 0o170000, bits: mode & 0o7022, uid, gid, mtimeMs }).toEqual({
        path,
        kind: mode & 0o040000 ? 0o040000 : 0o100000,
        bits: 0,
        uid: 0,
        gid: 0,
        mtimeMs: 0,
      });
    }
  });

  test('starts its service itself, as somebody who is not root', () => {
    expect(image.config.User).toBe('65532:65532');
    expect(image.config.Entrypoint).toEqual([
      '/usr/bin/node',
      '--no-turbo-inline-js-wasm-calls',
      '--wasm-num-compilation-tasks=1',
      '--no-parallel-scavenge',
      '--max-semi-space-size=16',
      '/usr/lib/firepit/main.js',
    ]);
    expect(image.config.Cmd).toBeUndefined();
    expect(image.config.Env.filter((variable) => !variable.startsWith('PATH='))).toEqual([]);
  });

  test('its bill names every package that is in it, as the lock file has it, and no other', () => {
    // Where a piece of the program came from the bundler wrote beside it.
    const pieces = image
      .bytes('usr/lib/firepit/main.js')
      .toString()
      .matchAll(/^\s*\/\/ (\S*node_modules\/(?:@[^/\n]+\/)?[^/\n]+)\/\S+$/gm);
    const folders = new Set([...pieces].map(([, folder]) => folder as string));
    const inside = [...folders].map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
      return `${name}@${version}`;
    });
    const { components } = sbom();
    const known = components.map(({ name, version }) => `${name}@${version}`);
    const npm = components.filter(({ purl }) => purl.startsWith('pkg:npm/'));
    expect(inside.length).toBeGreaterThan(15);
    expect(inside.filter((each) => !known.includes(each))).toEqual([]);
    // Some packages leave nothing but data, or a type, in the program.
    expect(npm.length - new Set(inside).size).toBeLessThan(10);
    for (const { hashes } of npm) expect(hashes).toEqual([expect.objectContaining({ alg: 'SHA-512' })]);
    const others = components.filter(({ purl }) => !purl.startsWith('pkg:npm/')).map(({ name }) => name);
    expect(others.sort()).toEqual(['libc6', 'libgcc-s1', 'libstdc++6', 'node']);
    const node = components.find(({ name }) => name === 'node');
    expect(image.bytes('usr/bin/node').includes(`node-v${node?.version}`)).toBe(true);
  });

  test('is small', () => {
    expect(built[service].bytes).toBeLessThan(60 * 1024 * 1024);
  });
});

test('the same sources give the same images, digest for digest', () => {
  const again = buildImages(sources, join(work, 'again'));
  for (const service of SERVICES) expect(again[service].digest).toBe(built[service].digest);
}, 600_000);
