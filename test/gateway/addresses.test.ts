import { BlockList, isIPv4 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { type Endpoint, External, InCluster, Private } from '../../lib';
import { contextOf } from '../../lib/context';
import { gatewayBootstrap } from '../../lib/gateway';
import { changed } from '../support/desk';
import { clusterNamed, type Json, plain, upstreamFilters } from './read';

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** Envoy's RBAC over addresses, told again: without an address no rule about addresses matches. */
const matches = (rule: Json, address: string | undefined): boolean => {
  if (rule.or_rules) return rule.or_rules.rules.some((r: Json) => matches(r, address));
  if (rule.and_rules) return rule.and_rules.rules.every((r: Json) => matches(r, address));
  if (rule.not_rule) return !matches(rule.not_rule, address);
  if (address === undefined) return false;
  const { address_prefix, prefix_len } = rule.matcher.typed_config.upstream_ip;
  if (family(address_prefix) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(address_prefix, prefix_len, family(address));
  return list.check(address, family(address));
};

const mayReach = (at: Endpoint, address: string | undefined): boolean => {
  const declaration = changed((draft) => {
    draft.tools.tickets.at = at;
  });
  const cluster = clusterNamed(plain(gatewayBootstrap(contextOf(declaration))), 'tool-tickets');
  const { rules } = upstreamFilters(cluster)[0].typed_config;
  return rules.policies.addresses.permissions.some((permission: Json) => matches(permission, address));
};

describe('an upstream may be at', () => {
  const external = External.host('api.example.com');
  test.each(['203.0.114.10', '8.8.8.8', '2606:4700::1111'])('a public host: %s', (address) => {
    expect(mayReach(external, address)).toBe(true);
  });
  test.each([
    '10.0.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '100.100.100.200',
    '172.16.0.1',
    '192.168.10.20',
    '100.64.0.1',
    '0.0.0.0',
    '10.96.0.1',
    '10.244.1.2',
    '::1',
    'fd00:ec2::254',
    'fe80::1',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    undefined,
  ])('but never %s', (address) => {
    expect(mayReach(external, address)).toBe(false);
  });

  test.each([
    ['10.20.0.7', true],
    ['10.20.1.7', false],
    ['8.8.8.8', false],
    ['127.0.0.1', false],
    [undefined, false],
  ])('a private host, its own ranges only: %s %s', (address, expected) => {
    expect(mayReach(Private.host('tickets.internal.example.com', { cidrs: ['10.20.0.0/24'] }), address)).toBe(expected);
  });

  test.each([
    ['10.96.4.4', true],
    ['10.244.4.4', true],
    ['8.8.8.8', false],
    ['169.254.169.254', false],
    ['192.168.10.10', false],
  ])("a Service, the cluster's own ranges only: %s %s", (address, expected) => {
    const at = InCluster.service('tickets', { namespace: 'shop', port: 8443, pods: { app: 'tickets' } });
    expect(mayReach(at, address)).toBe(expected);
  });
});
