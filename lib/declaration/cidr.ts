import { isIP } from 'node:net';
import type { Expectation } from './_check';

/** An address range, parsed. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8` or `fd00::/8`; undefined where it is not a range. */
export function parseCidr(value: string): Cidr | undefined {
  const match = /^([0-9a-fA-F:.]+)\/(0|[1-9]\d{0,2})$/.exec(value);
  const address = match?.[1] ?? '';
  const version = isIP(address);
  const prefix = Number(match?.[2]);
  if (version === 0 || prefix > (version === 4 ? 32 : 128)) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/**
 * Addresses that never leave a host, hand out credentials, or lead back to such addresses (RFC 6890; the metadata
 * addresses of the clouds are link-local, but for Alibaba's, Azure's and those of IPv6).
 */
export const NEVER = [
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '0.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/127',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  'fd00:c1::a9fe:a9fe/128',
  'ff00::/8',
] as const;

/** What the internet is not: excluded wherever public addresses are opened (RFC 6890). */
export const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;
/** The same for IPv6; the 6to4, Teredo and NAT64 ranges lead back to IPv4 addresses; mapped ones (::ffff:0:0/96) never stand on the wire, and NetworkPolicy refuses them. */
export const NOT_PUBLIC_V6 = [
  '::/127',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
] as const;

/** The 128 or 32 bits of an address. */
const bits = (address: string): bigint => {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const ipv4 = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (ipv4 !== null) {
    const tail = bits(ipv4[2] as string);
    return bits(`${ipv4[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`);
  }
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
};

/** Whether two ranges share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family) return false;
  const free = BigInt((a.family === 'ipv4' ? 32 : 128) - Math.min(a.prefix, b.prefix));
  return bits(a.address) >> free === bits(b.address) >> free;
}

/** Whether every address of a range lies in another. */
export const contains = (outer: Cidr, inner: Cidr): boolean => outer.prefix <= inner.prefix && overlaps(outer, inner);

/** The first address of a range, as it is written. */
const network = (cidr: Cidr): string => {
  const width = cidr.family === 'ipv4' ? 32n : 128n;
  const free = width - BigInt(cidr.prefix);
  const first = (bits(cidr.address) >> free) << free;
  if (cidr.family === 'ipv4') return [24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((first >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
};

/** Why a string is no range, or undefined: mask missing, too wide, or not written by its first address. */
export function rangeProblem(value: string): Expectation | undefined {
  const cidr = parseCidr(value);
  const version = isIP(value);
  if (cidr === undefined)
    return {
      expected: 'an address range with its mask',
      fix: version > 0 ? `did you mean ${value}/${version === 4 ? 32 : 128}?` : 'write it as 10.20.0.0/24',
    };
  if (cidr.prefix < (cidr.family === 'ipv4' ? 8 : 16))
    return {
      expected: 'a range no wider than /8 (IPv4) or /16 (IPv6)',
      fix: 'name the range that is really occupied',
    };
  const first = network(cidr);
  return bits(first) === bits(cidr.address)
    ? undefined
    : { expected: 'a range written by its first address', fix: `did you mean ${first}/${cidr.prefix}?` };
}

const NEVER_PARSED = NEVER.map((range) => parseCidr(range) as Cidr);

/** Why a range may not be an upstream's, or undefined. */
export function cidrProblem(value: string): Expectation | undefined {
  const problem = rangeProblem(value);
  if (problem !== undefined) return problem;
  const cidr = parseCidr(value) as Cidr;
  const never = NEVER.find((_, i) => overlaps(cidr, NEVER_PARSED[i] as Cidr));
  return never === undefined
    ? undefined
    : {
        expected: `no loopback, link-local, metadata or reserved address (it overlaps ${never})`,
        fix: 'name the range of the upstream itself',
      };
}
