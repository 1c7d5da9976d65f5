import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  type Cidr,
  cidrProblem,
  contains,
  NEVER,
  NOT_PUBLIC_V4,
  NOT_PUBLIC_V6,
  overlaps,
  parseCidr,
  rangeProblem,
} from '../../lib/declaration/cidr';
import fc from '../support/property';

const cidr = (value: string): Cidr => parseCidr(value) as Cidr;

describe('parseCidr', () => {
  test.each([
    ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
    ['10.1.2.3/32', { address: '10.1.2.3', prefix: 32, family: 'ipv4' }],
    ['fd00::/8', { address: 'fd00::', prefix: 8, family: 'ipv6' }],
    ['::1/128', { address: '::1', prefix: 128, family: 'ipv6' }],
  ])('reads %s', (value, expected) => {
    expect(parseCidr(value)).toEqual(expected);
  });

  test.each([
    ...['', '/', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/08', '10.0.0.0/8 ', ' 10.0.0.0/8'],
    ...['10.0.0/8', '010.0.0.0/8', '10.0.0.256/32', '10.0.0.0/8/8', '::1/129', 'fe80::1%eth0/64', ':::/8', 'x/8'],
    ...['10.0.0.0/255.0.0.0', '10.0.0.0/1e1', '٣.0.0.0/8', '0x0a.0.0.0/8'],
  ])('does not read %p', (value) => {
    expect(parseCidr(value)).toBeUndefined();
  });
});

describe('overlaps and contains', () => {
  const octet = fc.nat(255);
  const v4 = fc.tuple(octet, octet, octet, octet, fc.nat(32)).map(([a, b, c, d, p]) => `${a}.${b}.${c}.${d}/${p}`);
  const group = fc.nat(0xffff).map((n) => n.toString(16));
  const v6 = fc
    .tuple(fc.array(group, { minLength: 8, maxLength: 8 }), fc.nat(128))
    .map(([groups, p]) => `${groups.join(':')}/${p}`);
  /** Ranges that are near each other as often as not. */
  const pair = fc
    .oneof(fc.tuple(v4, v4), fc.tuple(v6, v6))
    .chain(([a, b]) => fc.constantFrom([a, b], [a, `${a.split('/')[0]}/${b.split('/')[1]}`]));
  const holds = (range: Cidr, address: string): boolean => {
    const list = new BlockList();
    list.addSubnet(range.address, range.prefix, range.family);
    return list.check(address, range.family);
  };

  test('agree with the BlockList of Node', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const [x, y] = [cidr(a as string), cidr(b as string)];
        const expected = x.prefix <= y.prefix ? holds(x, y.address) : holds(y, x.address);
        expect(overlaps(x, y)).toBe(expected);
        expect(overlaps(y, x)).toBe(expected);
        expect(contains(x, y)).toBe(x.prefix <= y.prefix && expected);
      }),
      { numRuns: 300 },
    );
  });

  test('never across families', () => {
    expect(overlaps(cidr('0.0.0.0/0'), cidr('::/0'))).toBe(false);
  });

  test('see through every spelling of IPv6', () => {
    expect(overlaps(cidr('::ffff:10.0.0.1/128'), cidr('::ffff:a00:1/128'))).toBe(true);
    expect(overlaps(cidr('fd00:0:0::1/128'), cidr('FD00::1/128'))).toBe(true);
  });
});

describe('ranges of upstreams', () => {
  test.each([
    ...['10.0.0.0/8', '10.20.0.0/24', '10.20.0.7/32', '192.168.0.0/16', '100.64.0.0/16', '203.0.113.0/24'],
    ...['fd12:3456::/48', 'fd12:3456:789a::1/128', '2001:db8::/32', '168.63.129.0/28'],
  ])('may be %s', (value) => {
    expect(cidrProblem(value)).toBeUndefined();
  });

  test.each(NEVER)('may never be %s, nor lie in it, nor hold it', (never) => {
    const wide = never.includes(':') ? 16 : 8;
    expect(cidrProblem(never)).toBeDefined();
    const { address, prefix, family } = cidr(never);
    const one = family === 'ipv4' ? 32 : 128;
    expect(cidrProblem(`${address}/${one}`)?.expected).toMatch(/metadata/);
    if (prefix > wide) expect(cidrProblem(`${address}/${prefix - 1}`)).toBeDefined();
  });

  test.each([
    ['10.20.0.7', 'did you mean 10.20.0.7/32?'],
    ['fd12::7', 'did you mean fd12::7/128?'],
    ['10.20.0.7/24', 'did you mean 10.20.0.0/24?'],
    ['10.20.255.255/17', 'did you mean 10.20.128.0/17?'],
    ['fd12:3456:789a:1::7/48', 'did you mean fd12:3456:789a::/48?'],
    ['internal.example.com', 'write it as 10.20.0.0/24'],
    ['10.20.0.0-10.20.0.9', 'write it as 10.20.0.0/24'],
    ['0.0.0.0/0', 'name the range that is really occupied'],
    ['::/0', 'name the range that is really occupied'],
    ['10.0.0.0/7', 'name the range that is really occupied'],
    ['fd00::/15', 'name the range that is really occupied'],
  ])('%s: %s', (value, fix) => {
    expect(rangeProblem(value)?.fix).toBe(fix);
  });
});

test('what is not public holds every private and metadata range', () => {
  const isPrivate = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '127.0.0.0/8'];
  for (const range of [...isPrivate, '168.63.129.16/32', '100.100.100.200/32'])
    expect(NOT_PUBLIC_V4.some((n) => contains(cidr(n), cidr(range)))).toBe(true);
  for (const range of ['fc00::/7', 'fe80::/10', '::1/128', 'fd00:ec2::254/128', '64:ff9b::/96'])
    expect(NOT_PUBLIC_V6.some((n) => contains(cidr(n), cidr(range)))).toBe(true);
});
