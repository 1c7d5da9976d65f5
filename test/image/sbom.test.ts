import { packageOf, type Sbom, sbomOf } from '../../image/sbom';

const component = (ref: string) => {
  const at = ref.lastIndexOf('@');
  const [name, version] = [ref.slice(0, at), ref.slice(at + 1)];
  return { 'bom-ref': ref, type: 'library', name, version, purl: `pkg:npm/${ref}` };
};
const all: Sbom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: 'urn:uuid:any',
  metadata: { timestamp: 'now' },
  components: ['pg@8.0.0', 'pg-pool@3.0.0', 'jest@30.0.0'].map(component),
  dependencies: [
    { ref: 'pg@8.0.0', dependsOn: ['pg-pool@3.0.0', 'jest@30.0.0'] },
    { ref: 'pg-pool@3.0.0' },
    { ref: 'jest@30.0.0', dependsOn: [] },
  ],
};
const node = { name: 'node', version: '24.0.0', purl: 'pkg:generic/node@24.0.0' };

describe('the bill of an image', () => {
  test('names what is inside, and what it leans on there', () => {
    const bill = sbomOf('ledger', all, new Set(['pg@8.0.0', 'pg-pool@3.0.0']), [node]);
    expect(bill.components.map(({ purl }) => purl)).toEqual([
      'pkg:npm/pg-pool@3.0.0',
      'pkg:npm/pg@8.0.0',
      'pkg:generic/node@24.0.0',
    ]);
    expect(bill.dependencies).toEqual([
      { ref: 'pg@8.0.0', dependsOn: ['pg-pool@3.0.0'] },
      { ref: 'pg-pool@3.0.0', dependsOn: [] },
    ]);
  });

  test('is the same at any time', () => {
    const inside = new Set(['pg@8.0.0']);
    const later = { ...all, serialNumber: 'urn:uuid:other', metadata: { timestamp: 'later' } };
    expect(JSON.stringify(sbomOf('ledger', later, inside, []))).toBe(JSON.stringify(sbomOf('ledger', all, inside, [])));
    expect(JSON.stringify(sbomOf('ledger', all, inside, []))).not.toContain('any');
  });

  test('is not written where npm does not know what is inside', () => {
    expect(() => sbomOf('ledger', all, new Set(['pg@8.0.0', 'left-pad@1.0.0']), [])).toThrow(
      'left-pad@1.0.0: in the image ledger, and npm sbom does not list it; expected: a package of the lock file',
    );
  });
});

test.each([
  ['node_modules/pg/lib/index.js', 'pg'],
  ['node_modules/@secretlint/core/module/index.js', '@secretlint/core'],
  ['node_modules/a/node_modules/@b/c/index.js', '@b/c'],
  ['services/governor/node_modules/canonicalize/lib/canonicalize.js', 'canonicalize'],
  ['services/ledger/main.ts', undefined],
])('%s is of %s', (path, name) => {
  expect(packageOf(path)).toBe(name);
});
