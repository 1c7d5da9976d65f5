import { BlockList, isIP } from 'node:net';
import type { Expectation } from './_check';

/** An address range, parsed. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8` or `fd00::/8`; undefined where it is not a range. */
export function parseCidr(value: string): Cidr | undefined {
  const match = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(value);
  const address = match?.[1] ?? '';
  const version = isIP(address);
  const prefix = Number(match?.[2]);
  if (version === 0 || prefix > (version === 4 ? 32 : 128)) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/**
 * Addresses that never leave a host or hand out credentials (RFC 6890; the cloud metadata addresses are link-local,
 * but for the IPv6 one of AWS and Alibaba's).
 */
export const NEVER = [
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '0.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::1/128',
  'fe80::/10',
  'fd00:ec2::254/128',
  'ff00::/8',
] as const;

/** What the internet is not: excluded wherever public addresses are opened (RFC 6890). */
export const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;
/** The same for IPv6; the 6to4, Teredo and NAT64 ranges lead back to IPv4 addresses. */
export const NOT_PUBLIC_V6 = [
  '::/127',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
] as const;

/** Whether two ranges share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family) return false;
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
  const list = new BlockList();
  list.addSubnet(wide.address, wide.prefix, wide.family);
  return list.check(narrow.address, narrow.family);
}

/** Why a range may not stand in a declaration, or undefined. */
export function cidrProblem(value: string): Expectation | undefined {
  const cidr = parseCidr(value);
  if (cidr === undefined)
    return {
      expected: 'an address range with its mask',
      fix: isIP(value) > 0 ? `did you mean ${value}/${isIP(value) === 4 ? 32 : 128}?` : 'write it as 10.20.0.0/24',
    };
  if (cidr.prefix < (cidr.family === 'ipv4' ? 8 : 16))
    return {
      expected: 'a range no wider than /8 (IPv4) or /16 (IPv6)',
      fix: 'name the range the upstream really occupies',
    };
  const never = NEVER.find((n) => overlaps(cidr, parseCidr(n) as Cidr));
  if (never !== undefined)
    return {
      expected: `no loopback, link-local, metadata or reserved address (it overlaps ${never})`,
      fix: 'name the range of the upstream itself',
    };
  return undefined;
}
