import { describe, expect, test } from '@jest/globals';
import type { Agent } from '../../lib';
import { contextOf } from '../../lib/context';
import { controlReplicas } from '../../lib/control-plane';
import { agentEnv, gatewayBootstrap, sidecarBootstrap } from '../../lib/gateway';
import { declarations } from '../support/arbitrary-declaration';
import { desk } from '../support/desk';
import fc from '../support/property';
import { team } from '../support/team';
import { hosts, type Json, listener, plain } from './read';

const context = contextOf(team());
const gateway = plain(gatewayBootstrap(context));
const sidecar = (agent: string) => plain(sidecarBootstrap(context, agent));
const tunnelsOf = (bootstrap: Json, name: string): Json =>
  hosts(listener(bootstrap, name)).find((h: Json) => h.name === 'tunnels');
const manager = (bootstrap: Json, name: string): Json =>
  listener(bootstrap, name).filter_chains[0].filters[0].typed_config;
const exactly = {
  connect_matcher: {},
  headers: [{ name: ':authority', string_match: { exact: 'packages.example.com:443' } }],
};

describe('a tunnel', () => {
  test('is for the declared host and port, and for the agents that declared it', () => {
    const { domains, routes } = tunnelsOf(gateway, 'back');
    expect([domains, routes.length]).toEqual([['packages.example.com'], 1]);
    const [{ match, route, typed_per_filter_config: filters }] = routes;
    expect(match).toEqual(exactly);
    expect(route).toMatchObject({
      cluster: 'tool-packages',
      upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }],
      // Five minutes of the cap, and half an hour and a bit in which people may decide.
      max_stream_duration: { max_stream_duration: '2130s' },
    });
    expect(filters['envoy.filters.http.rbac'].rbac.rules.policies.declared.principals).toEqual([
      { authenticated: { principal_name: { exact: 'researcher.research-team-test.svc' } } },
    ]);
    expect(filters['envoy.filters.http.buffer']).toMatchObject({ disabled: true });
    expect(filters).not.toHaveProperty(['envoy.filters.http.ext_proc']);
  });

  test('ends at a cluster of its own, in plain, with checked addresses and room for its connections alone', () => {
    const cluster = gateway.static_resources.clusters.find((c: Json) => c.name === 'tool-packages');
    expect(cluster.transport_socket).toBeUndefined();
    expect(cluster.circuit_breakers.thresholds[0].max_connections).toBe(2 * controlReplicas(team()));
    const [options] = Object.values(cluster.typed_extension_protocol_options) as Json[];
    expect(options.http_filters.map((f: Json) => f.name)).toEqual([
      'envoy.filters.http.upstream_rbac',
      'envoy.filters.http.upstream_codec',
    ]);
  });

  test('is there for each host that an agent declared, at the gateway and in the sidecar of that agent, and for no other', () => {
    const asked = (bootstrap: Json, name: string): string[] =>
      (tunnelsOf(bootstrap, name)?.routes ?? []).map((r: Json) => r.match.headers[0].string_match.exact).sort();
    fc.assert(
      fc.property(declarations, (declaration) => {
        const of = (agents: readonly Agent[]): string[] =>
          Object.entries(declaration.tools)
            .flatMap(([name, tool]) =>
              tool.kind === 'opaqueHost' &&
              agents.some(({ tools }) => (tools as readonly string[]).includes(`${name}.connect`))
                ? [`${'host' in tool.at ? tool.at.host : ''}:${tool.at.port}`]
                : [],
            )
            .sort();
        const any = contextOf(declaration);
        expect(asked(plain(gatewayBootstrap(any)), 'back')).toEqual(of(Object.values(declaration.agents)));
        for (const [agent, declared] of Object.entries(declaration.agents))
          expect(asked(plain(sidecarBootstrap(any, agent)), 'outbound')).toEqual(of([declared]));
      }),
      { numRuns: 40 },
    );
  });

  test('goes through the sidecar as a CONNECT, with the handle of the run and no other credential', () => {
    const { routes, request_headers_to_remove: removed } = tunnelsOf(sidecar('researcher'), 'outbound');
    expect(routes.map((r: Json) => [r.match, r.route.cluster, r.route.upgrade_configs])).toEqual([
      [exactly, 'gateway', [{ upgrade_type: 'CONNECT' }]],
    ]);
    expect(removed).toContain('authorization');
    expect(removed).not.toContain('proxy-authorization');
    expect(tunnelsOf(gateway, 'back').request_headers_to_remove).toContain('proxy-authorization');
  });

  test('is nowhere else: not for another agent, not for people, not where nobody declared one', () => {
    expect(tunnelsOf(sidecar('lead'), 'outbound')).toBeUndefined();
    expect(tunnelsOf(gateway, 'front')).toBeUndefined();
    expect(JSON.stringify(plain(gatewayBootstrap(contextOf(desk()))))).not.toContain('CONNECT');
  });

  test('keeps the port in what is asked for, which elsewhere nobody looks at', () => {
    for (const [bootstrap, name] of [
      [gateway, 'back'],
      [sidecar('researcher'), 'outbound'],
    ] as const) {
      const { strip_any_host_port: strips, route_config: routes } = manager(bootstrap, name);
      expect([strips, routes.ignore_port_in_host_matching]).toEqual([undefined, true]);
    }
    for (const [bootstrap, name] of [
      [gateway, 'front'],
      [sidecar('lead'), 'outbound'],
    ] as const)
      expect(manager(bootstrap, name).strip_any_host_port).toBe(true);
  });

  test('is found by the variables that programs read, by its users alone', () => {
    const env = (agent: string) => Object.fromEntries(agentEnv(context, agent).map(({ name, value }) => [name, value]));
    expect(env('researcher')).toMatchObject({
      HTTPS_PROXY: 'http://127.0.0.1:15001',
      https_proxy: 'http://127.0.0.1:15001',
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      FIREPIT_TOOL_PACKAGES_URL: 'https://packages.example.com',
    });
    expect(env('lead')).not.toHaveProperty('HTTPS_PROXY');
  });
});
