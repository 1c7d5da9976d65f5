import { describe, expect, test } from '@jest/globals';
import { Bearer, Duration, External, environment, fork, InCluster, OpaqueHost, Private, SecretKey } from '../../lib';
import { agent, base, tools } from '../types/base';
import { refusal } from './_data';

const at = External.host('packages.example.com');
const made = OpaqueHost.at(at);
type Packages = object;

const declared = (packages: Packages, more: Packages = {}) =>
  ({ ...base, tools: { ...tools, packages, ...more }, agents: { triage: agent } }) as never;
const refused = (packages: Packages, more?: Packages) => refusal(() => environment(declared(packages, more)));

describe('an opaque host', () => {
  test('is capped without a word, and judged as the worst', () => {
    expect(made).toEqual({
      kind: 'opaqueHost',
      at,
      auth: { kind: 'none', reason: expect.any(String) },
      caps: { bytes: 16 * 1024 * 1024, connections: 4, duration: { seconds: 300 } },
      operations: { connect: { effect: 'write', reach: 'external', returns: ['untrusted'] } },
    });
    expect(OpaqueHost.at(at, { caps: { connections: 1 } }).caps).toEqual({ ...made.caps, connections: 1 });
    const others = {
      git: OpaqueHost.at(Private.host('git.internal.example.com', { cidrs: ['10.30.0.0/28'] })),
      inside: OpaqueHost.at(InCluster.service('git', { namespace: 'forge', port: 8443, pods: { app: 'git' } })),
      otherPort: OpaqueHost.at(External.host('packages.example.com', { port: 8443 })),
    };
    expect(refused(made, others)).toBeUndefined();
  });

  test.each<[what: string, packages: Packages, path: string, expected: string, fix: string]>([
    [
      'a credential',
      { ...made, auth: Bearer.from(SecretKey.of('packages', 'token')) },
      'tools.packages.auth',
      'no credential',
      'remove auth; an upstream that needs a credential is an McpServer or an HttpApi',
    ],
    ['no caps', { ...made, caps: undefined }, 'tools.packages.caps', 'caps of a tunnel', 'write caps: {'],
    [
      'bytes over the limit',
      OpaqueHost.at(at, { caps: { bytes: 2 ** 30 + 1 } }),
      'tools.packages.caps.bytes',
      'a whole number from 65536 to 1073741824',
      'use a number in that range',
    ],
    [
      'too many connections',
      OpaqueHost.at(at, { caps: { connections: 65 } }),
      'tools.packages.caps.connections',
      'a whole number from 1 to 64',
      'use a number in that range',
    ],
    [
      'a tunnel for a day',
      OpaqueHost.at(at, { caps: { duration: Duration.days(1) } }),
      'tools.packages.caps.duration.seconds',
      'whole seconds from 1 to 3600 (1 s to 1 h)',
      'use a Duration in that range',
    ],
    [
      'an effect that is less',
      { ...made, operations: { connect: { ...made.operations.connect, effect: 'read' } } },
      'tools.packages.operations',
      'what OpaqueHost.at says of it',
      'write OpaqueHost.at(…) without operations',
    ],
    [
      'a reach that is less',
      { ...made, operations: { connect: { ...made.operations.connect, reach: 'internal' } } },
      'tools.packages.operations',
      'what OpaqueHost.at says of it',
      'write OpaqueHost.at(…) without operations',
    ],
    [
      'results that strangers did not write',
      { ...made, operations: { connect: { ...made.operations.connect, returns: [] } } },
      'tools.packages.operations',
      'what OpaqueHost.at says of it',
      'write OpaqueHost.at(…) without operations',
    ],
    [
      'a certificate that nobody would check',
      {
        ...made,
        at: Private.host('a.example.com', { cidrs: ['10.30.0.0/28'], ca: SecretKey.of('packages', 'ca.crt') }),
      },
      'tools.packages.at.ca',
      'no ca',
      'remove it',
    ],
  ])('is refused with one error: %s', (_what, packages, path, expected, fix) => {
    const findings = refused(packages) ?? [];
    expect(findings.map((finding) => finding.path)).toEqual([path]);
    expect(findings[0]?.expected).toContain(expected);
    expect(findings[0]?.fix).toContain(fix);
  });

  test('is one tool alone: what a CONNECT says is its host and port', () => {
    expect(refused(made, { mirror: made })).toEqual([
      {
        path: 'tools.mirror.at',
        found: '"packages.example.com:443"',
        expected: "a host and port of its own; 'packages' has them already",
        fix: 'use packages.connect: which tool a tunnel belongs to is told by its host alone',
      },
    ]);
  });
});

describe('a fork of an environment that locks the caps', () => {
  const locked = environment({ ...(declared(made) as object), locked: ['tools.packages.caps'] } as never);
  const forked = (caps: object) => refusal(() => fork(locked, { tools: { packages: { caps } } } as never));

  test.each([{ bytes: 65_536 }, { connections: 1 }, { duration: Duration.seconds(10) }])('may tighten: %j', (caps) => {
    expect(forked(caps)).toBeUndefined();
  });

  test.each([{ bytes: 2 ** 30 }, { connections: 5 }, { duration: Duration.minutes(6) }])('not loosen: %j', (caps) => {
    expect(forked(caps)?.[0]?.fix).toContain('change the blueprint, where the lock stands');
  });
});
