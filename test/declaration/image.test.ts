import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import lock from '../../apps/shared/images.lock.json';
import { problems } from '../../lib/declaration/_explain';
import { imageLockSchema, isPattern, pinnedImageSchema, repositoryOf } from '../../lib/declaration/image';
import fc from '../support/property';

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const HEX = '0123456789abcdef';
const repeated = (word: string): string => word.repeat(64).slice(0, 64);
const reversed = (word: string): string => [...word].reverse().join('');

describe('isPattern', () => {
  const bytes = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0')).join('');
  const patterns: Record<string, string> = {
    zeros: repeated('0'),
    'one digit': repeated('a'),
    'two digits': repeated('01'),
    'zeros and a one': '1'.padStart(64, '0'),
    'zeros and a small number': 'bc7a91'.padStart(64, '0'),
    ascending: repeated(HEX),
    descending: repeated(reversed(HEX)),
    'ascending decimals': repeated('1234567890'),
    'descending decimals': repeated('9876543210'),
    'ascending from the middle': repeated('89abcdef01234567'),
    'ascending by two': repeated('02468ace'),
    'each digit twice': [...HEX]
      .map((c) => c + c)
      .join('')
      .repeat(2),
    'each digit four times': [...HEX].map((c) => c.repeat(4)).join(''),
    'bytes ascending': bytes,
    'bytes descending': (bytes.match(/../g) ?? []).reverse().join(''),
    'up and down': (HEX + reversed(HEX)).repeat(2),
    deadbeef: repeated('deadbeef'),
    cafebabe: repeated('cafebabe'),
    'deadbeefcafe, cut': repeated('deadbeefcafe'),
    'a word of 20': repeated('0a1b2c3d4e5f6a7b8c9d'),
    'half, twice': sha256('x').slice(0, 32).repeat(2),
    'real, with a run of zeros': sha256('x').slice(0, 50) + repeated('0').slice(50),
    'the digest of nothing': sha256(''),
  };
  test.each(Object.entries(patterns))('refuses %s', (_id, hex) => {
    expect(hex).toHaveLength(64);
    expect(isPattern(hex)).toBe(true);
    expect(problems(pinnedImageSchema, `registry.example.com/a@sha256:${hex}`)[0]?.expected).toMatch(
      /not a placeholder/,
    );
  });

  test('refuses any short word repeated', () => {
    const word = fc.array(fc.constantFrom(...HEX), { minLength: 1, maxLength: 32 }).map((w) => w.join(''));
    fc.assert(fc.property(word, (w) => isPattern(repeated(w))));
  });

  test('refuses any sequence of digits with one step', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.nat(15), (start, step) =>
        isPattern(Array.from({ length: 64 }, (_, i) => HEX[(start + i * step) % 16]).join('')),
      ),
    );
  });

  test('accepts every real digest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (data) => !isPattern(sha256(data))),
      { numRuns: 2000 },
    );
  });
});

describe('images', () => {
  const digest = sha256('x');
  test.each([
    `registry.example.com/a@sha256:${digest}`,
    `registry.example.com:5000/team/sub/a-b_c.d@sha256:${digest}`,
    `localhost/a@sha256:${digest}`,
    `10.0.0.1:5000/a@sha256:${digest}`,
  ])('may be %s', (reference) => {
    expect(problems(pinnedImageSchema, reference)).toEqual([]);
  });

  test.each([
    `a@sha256:${digest}`,
    `team/a@sha256:${digest}`,
    `registry.example.com/A@sha256:${digest}`,
    `registry.example.com/a@sha256:${digest.toUpperCase()}`,
    `registry.example.com/a@sha256:${digest}0`,
    `registry.example.com/a@sha256:${digest.slice(1)}`,
    `registry.example.com/a@sha512:${digest}`,
    `registry.example.com/a:1@sha256:${digest}`,
    `registry.example.com/a@sha256:${digest}@sha256:${digest}`,
    `registry.example.com/a@sha256:${digest}\n`,
    ` registry.example.com/a@sha256:${digest}`,
    `https://registry.example.com/a@sha256:${digest}`,
    `registry.example.com/../a@sha256:${digest}`,
    `registry.example.com//a@sha256:${digest}`,
    'registry.example.com/a:latest',
    'registry.example.com/a',
    '',
  ])('may not be %s', (reference) => {
    expect(problems(pinnedImageSchema, reference)).toHaveLength(1);
  });

  test('long input is refused at once', () => {
    const started = process.hrtime.bigint();
    for (const long of [
      `${'a'.repeat(60_000)}/`,
      `r.example.com${'/a'.repeat(30_000)}`,
      `r.example.com/${'a-'.repeat(30_000)}`,
    ])
      expect(problems(pinnedImageSchema, long)).toHaveLength(1);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(500);
  });

  test('the repository is what stands before the digest', () => {
    expect(repositoryOf(`registry.example.com/a@sha256:${digest}`)).toBe('registry.example.com/a');
  });

  test('the lock file of the examples is one', () => {
    expect(problems(imageLockSchema, lock)).toEqual([]);
  });
});
