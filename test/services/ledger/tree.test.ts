import { createHash } from 'node:crypto';
import { leafHash, nodeHash, TiledTree } from '../../../services/ledger/tree';
import fc from '../../support/property';

const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** The definition of RFC 6962, word for word, and as slow. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

const treeOf = (leaves: readonly Buffer[]): TiledTree => {
  const tree = new TiledTree();
  for (const leaf of leaves) tree.add(leafHash(leaf));
  return tree;
};

describe('the tree', () => {
  // Vectors that every implementation of RFC 6962 carries.
  test('has the known roots', () => {
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    ];
    const eight = '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328';
    for (const [n, root] of roots.entries())
      expect(
        treeOf(leaves.slice(0, n).map((hex) => Buffer.from(hex, 'hex')))
          .root()
          .toString('hex'),
      ).toBe(root);
    expect(
      treeOf(leaves.map((hex) => Buffer.from(hex, 'hex')))
        .root()
        .toString('hex'),
    ).toBe(eight);
  });

  test('has the root of the definition at every size, across tiles', () => {
    const leaves = Array.from({ length: 1_030 }, (_, i) => Buffer.from(String(i)));
    const tree = new TiledTree();
    for (const [i, leaf] of leaves.entries()) {
      tree.add(leafHash(leaf));
      if (i < 40 || i % 97 === 0 || i % 256 > 253 || i % 256 < 2)
        expect(tree.root()).toEqual(rootOf(leaves.slice(0, i + 1)));
    }
  });

  test('of any leaves has the root of the definition', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 60 }), (arrays) => {
        const leaves = arrays.map((bytes) => Buffer.from(bytes));
        expect(treeOf(leaves).root()).toEqual(rootOf(leaves));
      }),
    );
  });

  test('tells a leaf from a node', () => {
    const [left, right] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
    expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right));
  });

  test('a leaf larger than any before it is hashed whole', () => {
    const large = Buffer.alloc(65_535, 7);
    expect(leafHash(large)).toEqual(sha256(Buffer.of(0), large));
  });
});
