import { describe, expect, test } from '@jest/globals';
import { type EnvironmentDeclaration, HttpApi, NoAuth, Operation, Private, Route } from '../../lib';
import { contextOf } from '../../lib/context';
import { gatewayBootstrap, sidecarBootstrap } from '../../lib/gateway';
import { templatePattern } from '../../lib/gateway/routes';
import { declarations } from '../support/arbitrary-declaration';
import { changed, desk } from '../support/desk';
import fc from '../support/property';
import { clusters, hosts, type Json, listener, plain, routes, takes } from './read';

interface Asked {
  readonly method: string;
  readonly path: string;
  /** Agents that may. */
  readonly by: readonly string[];
  readonly cluster: string;
}

/** What may be asked at the back, told from the declaration alone: an example of each. */
const askable = (declaration: EnvironmentDeclaration): Asked[] => {
  const agents = Object.entries(declaration.agents);
  const models = Object.entries(declaration.models).flatMap(([name, { kind }]): Asked[] => {
    const by = agents.filter(([, agent]) => agent.models.includes(name)).map(([agent]) => agent);
    const calls = kind === 'anthropic' ? ['/v1/messages', '/v1/messages/count_tokens'] : ['/v1/chat/completions'];
    return calls.map((call) => ({ method: 'POST', path: `/models/${name}${call}`, by, cluster: `model-${name}` }));
  });
  const tools = Object.entries(declaration.tools).flatMap(([name, tool]): Asked[] => {
    const may = (operation?: string): string[] =>
      agents
        .filter(([, agent]) =>
          agent.tools.some((t) => (operation === undefined ? t.startsWith(`${name}.`) : t === `${name}.${operation}`)),
        )
        .map(([agent]) => agent);
    // See tunnels.test.ts.
    if (tool.kind === 'opaqueHost') return [];
    if (tool.kind === 'mcpServer')
      return ['POST', 'GET', 'DELETE'].map((method) => ({
        method,
        path: `/tools/${name}${tool.path}`,
        by: may(),
        cluster: `tool-${name}`,
      }));
    return Object.entries(tool.operations).map(([operation, { route }]) => ({
      method: route.method,
      path: `/tools/${name}${route.path.replace(/\{[^}]+\}/g, 'some-1')}`,
      by: may(operation),
      cluster: tool.kind === 'peer' ? `agent-${tool.agent.toLowerCase().replaceAll('_', '-')}` : `tool-${name}`,
    }));
  });
  return [...models, ...tools].filter(({ by }) => by.length > 0);
};

const backRoutes = (declaration: EnvironmentDeclaration): Json[] =>
  routes(listener(plain(gatewayBootstrap(contextOf(declaration))), 'back')).filter(
    ({ match }) => match.connect_matcher === undefined,
  );
const callers = (route: Json): string[] =>
  route.typed_per_filter_config['envoy.filters.http.rbac'].rbac.rules.policies.declared.principals.map(
    (p: Json) => p.authenticated.principal_name.exact,
  );
/** The name in an agent's certificate; written again here. */
const certificate = (declaration: EnvironmentDeclaration, agent: string): string =>
  `${agent.toLowerCase().replaceAll('_', '-')}.${declaration.name}.svc`;

describe('the back', () => {
  test('has a route for what is declared, to its upstream, for the agents that declared it, and no other', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const all = backRoutes(declaration);
        const asked = askable(declaration);
        for (const { method, path, by, cluster } of asked) {
          const [route] = all.filter((r) => takes(r, method, path));
          expect(route?.route.cluster).toBe(cluster);
          expect(callers(route)).toEqual(by.map((agent) => certificate(declaration, agent)));
        }
        expect(all).toHaveLength(asked.length);
      }),
      { numRuns: 60 },
    );
  });

  test('has none for anything else', () => {
    const piece = fc.constantFrom(
      'models',
      'tools',
      'agents',
      'v1',
      'mcp',
      'messages',
      'customers',
      'x',
      '',
      '.',
      '%2e',
    );
    fc.assert(
      fc.property(
        declarations,
        fc.array(piece, { maxLength: 6 }),
        fc.constantFrom('GET', 'POST', 'PATCH'),
        (declaration, pieces, method) => {
          const path = `/${pieces.join('/')}`;
          const declared = askable(declaration).some((a) => a.path === path);
          fc.pre(!declared);
          expect(backRoutes(declaration).filter((r) => takes(r, method, path))).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ['GET', '/tools/crm/v1/customers/C-1', true],
    ['GET', '/tools/crm/v1/customers/C-1/notes', false],
    ['GET', '/tools/crm/v1/customers/', false],
    ['GET', '/tools/crm/v1/customers', false],
    ['GET', '/tools/crm/v1xcustomers/C-1', false],
    ['GET', '/x/tools/crm/v1/customers/C-1', false],
    ['HEAD', '/tools/crm/v1/customers/C-1', false],
    ['DELETE', '/tools/crm/v1/customers/C-1', false],
    ['POST', '/tools/tickets/mcp', true],
    ['PUT', '/tools/tickets/mcp', false],
    ['POST', '/tools/tickets/mcp/', false],
    ['POST', '/tools/tickets', false],
    ['POST', '/models/claude/v1/messages', true],
    ['GET', '/models/claude/v1/messages', false],
    ['POST', '/models/claude/v1/files', false],
    ['POST', '/agents/triage/', false],
  ])('%s %s: %s', (method, path, expected) => {
    expect(backRoutes(desk()).some((route) => takes(route, method, path))).toBe(expected);
  });

  test('an argument does not swallow a path of its own', () => {
    const declaration = changed((draft) => {
      draft.tools.crm = HttpApi.at(Private.host('crm.internal.example.com', { cidrs: ['10.21.0.0/28'] }), {
        auth: NoAuth.because('a test'),
        operations: {
          any: Operation.read({ route: Route.get('/v1/users/{id}') }),
          me: Operation.read({ route: Route.get('/v1/users/me') }),
        },
      });
      draft.agents.triage.tools = ['crm.any', 'crm.me'];
    });
    const [first] = backRoutes(declaration).filter((route) => takes(route, 'GET', '/tools/crm/v1/users/me'));
    expect(first?.name).toBe('tools/crm.me');
  });

  test('what nobody uses has no cluster, no credential and no route', () => {
    const unused = changed((draft) => {
      draft.agents.triage.tools = ['tickets.search'];
    });
    const names = clusters(plain(gatewayBootstrap(contextOf(unused)))).map(({ name }) => name);
    expect(names).toContain('tool-tickets');
    expect(names).not.toContain('tool-crm');
    expect(backRoutes(unused).filter(({ name }) => name.startsWith('tools/crm'))).toEqual([]);
  });
});

describe('the front', () => {
  test('has one prefix for each agent, under the declared host alone', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const front = listener(plain(gatewayBootstrap(contextOf(declaration))), 'front');
        const { host, name } = declaration;
        const asked = typeof host === 'string' ? host : `gateway.${name}-control.svc`;
        expect(hosts(front).map(({ domains }) => domains)).toEqual([[asked]]);
        expect(routes(front).map(({ match }) => match)).toEqual(
          Object.keys(declaration.agents).map((agent) => ({ prefix: `/agents/${agent}/` })),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('a sidecar', () => {
  test('carries what its agent declared, and nothing of another', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        for (const [name, agent] of Object.entries(declaration.agents)) {
          const outbound = listener(plain(sidecarBootstrap(contextOf(declaration), name)), 'outbound');
          const expected = [
            ...agent.models.map((model) => `/models/${model}/`),
            ...Object.keys(declaration.tools)
              .filter((tool) => agent.tools.some((t) => t.startsWith(`${tool}.`)))
              .filter((tool) => declaration.tools[tool]?.kind !== 'opaqueHost')
              .map((tool) => `/tools/${tool}/`),
          ];
          const prefixes = routes(outbound).flatMap(({ match }) =>
            match.connect_matcher === undefined ? [match.prefix] : [],
          );
          expect(prefixes).toEqual(expected);
          expect(outbound.address.socket_address.address).toBe('127.0.0.1');
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a path template', () => {
  test.each([
    ['/v1/customers/{id}', '/v1/customers/[^/]+'],
    ['/v1.2/{a}/b/{c}', '/v1\\.2/[^/]+/b/[^/]+'],
    ['/plain', undefined],
  ])('%s', (path, pattern) => {
    expect(templatePattern(path)).toBe(pattern);
  });
});
