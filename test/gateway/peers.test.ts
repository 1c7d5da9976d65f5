import { describe, expect, test } from '@jest/globals';
import { contextOf } from '../../lib/context';
import { agentEnv, gatewayBootstrap, sidecarBootstrap } from '../../lib/gateway';
import { desk } from '../support/desk';
import { team } from '../support/team';
import { hosts, type Json, listener, plain, takes } from './read';

const context = contextOf(team());
const BACK = 'gateway.research-team-test-control.svc';
const [upstreams, peers] = hosts(listener(plain(gatewayBootstrap(context)), 'back')) as [Json, Json];
const outbound = (agent: string): Json[] =>
  hosts(listener(plain(sidecarBootstrap(context, agent)), 'outbound'))[0].routes;

describe('agents that ask one another', () => {
  test('do so under an authority of the gateway that has routes to agents and none to upstreams', () => {
    expect([upstreams.domains, peers.domains]).toEqual([[BACK], [`agents.${BACK}`]]);
    expect(peers.routes.map((r: Json) => [r.name, r.match.path, r.route.cluster, r.route.prefix_rewrite])).toEqual([
      ['tools/researcher.ask', '/tools/researcher/ask', 'agent-researcher', '/ask'],
      ['tools/writer.draft', '/tools/writer/draft', 'agent-writer', '/draft'],
    ]);
    expect(upstreams.routes.filter((r: Json) => r.route.cluster.startsWith('agent-'))).toEqual([]);
    expect(upstreams.routes.filter((r: Json) => takes(r, 'POST', '/tools/researcher/ask'))).toEqual([]);
  });

  test('have a route each, for those alone who declared it', () => {
    const callers = peers.routes.map((r: Json) =>
      r.typed_per_filter_config['envoy.filters.http.rbac'].rbac.rules.policies.declared.principals.map(
        (p: Json) => p.authenticated.principal_name.exact,
      ),
    );
    expect(callers).toEqual([
      ['lead.research-team-test.svc'],
      ['lead.research-team-test.svc', 'researcher.research-team-test.svc'],
    ]);
  });

  test('bring nothing along but the handle that the governor gave; to an upstream goes not even that', () => {
    expect(upstreams.request_headers_to_remove).toContain('x-firepit-run');
    expect(peers.request_headers_to_remove).toEqual(
      upstreams.request_headers_to_remove.filter((header: string) => header !== 'x-firepit-run'),
    );
  });

  test('find one another where they find their tools', () => {
    const urls = Object.fromEntries(agentEnv(context, 'lead').map(({ name, value }) => [name, value]));
    expect(urls.FIREPIT_TOOL_RESEARCHER_URL).toBe('http://127.0.0.1:15001/tools/researcher');
    const to = Object.fromEntries(outbound('lead').map((r) => [r.match.prefix, r.route.host_rewrite_literal]));
    expect(to).toEqual({
      '/models/claude/': BACK,
      '/tools/researcher/': `agents.${BACK}`,
      '/tools/writer/': `agents.${BACK}`,
      '/tools/library/': BACK,
    });
    expect(outbound('writer').map((r) => r.match.prefix)).toEqual(['/models/claude/']);
  });

  test('are no virtual host where nobody asks', () => {
    expect(hosts(listener(plain(gatewayBootstrap(contextOf(desk()))), 'back'))).toHaveLength(1);
  });
});
