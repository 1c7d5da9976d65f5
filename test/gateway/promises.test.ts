import { describe, expect, test } from '@jest/globals';
import type { EnvironmentDeclaration } from '../../lib';
import { contextOf } from '../../lib/context';
import { gatewayBootstrap, sidecarBootstrap } from '../../lib/gateway';
import { declarations } from '../support/arbitrary-declaration';
import { desk } from '../support/desk';
import fc from '../support/property';
import { gatewayPromises, promises } from './promises';
import { clusterNamed, type Json, listener, managers, plain, routes, upstreamFilters } from './read';

const gatewayOf = (declaration: EnvironmentDeclaration): Json => plain(gatewayBootstrap(contextOf(declaration)));
const sidecarsOf = (declaration: EnvironmentDeclaration): Json[] =>
  Object.keys(declaration.agents).map((agent) => plain(sidecarBootstrap(contextOf(declaration), agent)));

const every = { ...promises, ...gatewayPromises };

/** For each promise one way to break it. */
const breaks: Readonly<Record<keyof typeof every, (b: Json) => void>> = {
  'no listener can be shared with another process': (b) => {
    delete listener(b, 'back').enable_reuse_port;
  },
  'the admin interface is a socket of the container, with one path': (b) => {
    b.admin.address = { socket_address: { address: '127.0.0.1', port_value: 9901 } };
  },
  'no name stands for any name': (b) => {
    managers(listener(b, 'front'))[0].route_config.virtual_hosts[0].domains.push('*');
  },
  'no upgrade, and no tunnel but to one name and port': (b) => {
    managers(listener(b, 'front'))[0].upgrade_configs = [{ upgrade_type: 'websocket' }];
  },
  'nothing is sent twice': (b) => {
    routes(listener(b, 'back'))[0].route.retry_policy = { retry_on: '5xx' };
  },
  'every connection out is TLS to one exact name': (b) => {
    delete clusterNamed(b, 'governor').transport_socket;
  },
  'a request has limits of size and time': (b) => {
    managers(listener(b, 'front'))[0].request_timeout = '0s';
  },
  'paths and headers have one reading': (b) => {
    managers(listener(b, 'back'))[0].path_with_escaped_slashes_action = 'KEEP_UNCHANGED';
  },
  'a governor that ends a call has not said yes': (b) => {
    upstreamFilters(clusterNamed(b, 'governor'))[0].typed_config.mutations.response_trailers_mutations = [];
  },
  'a credential replaces what the caller sent, or the request fails': (b) => {
    upstreamFilters(clusterNamed(b, 'model-claude'))[1].typed_config.allow_request_without_credential = true;
  },
  'secrets are files, never values': (b) => {
    clusterNamed(b, 'model-claude').metadata = { inline_string: 'value' };
  },
  'the governor comes first, at every door': (b) => {
    managers(listener(b, 'front'))[0].http_filters.shift();
  },
  'without the governor there is no answer': (b) => {
    managers(listener(b, 'back'))[0].http_filters[0].typed_config.failure_mode_allow = true;
  },
  'a governor that says nothing for ten seconds has no connection': (b) => {
    const [options] = Object.values(clusterNamed(b, 'governor').typed_extension_protocol_options) as Json[];
    options.explicit_http_config.http2_protocol_options.connection_keepalive.timeout = '60s';
  },
  'a request moves when all of it may, but for tunnels': (b) => {
    managers(listener(b, 'back'))[0].http_filters.splice(1, 1);
  },
  'the governor sees everything, says what passes of an answer, and chooses nothing else': (b) => {
    managers(listener(b, 'back'))[0].http_filters[0].typed_config.processing_mode.request_trailer_mode = 'SKIP';
  },
  'no route is judged and another one taken': (b) => {
    managers(listener(b, 'back'))[0].http_filters[0].typed_config.route_cache_action = 'CLEAR';
  },
  'no route switches the governor off, or shows it less': (b) => {
    routes(listener(b, 'front'))[0].typed_per_filter_config = { 'envoy.filters.http.ext_proc': { disabled: true } };
  },
  'finished streams to the governor are closed, not reset': (b) => {
    b.layered_runtime.layers = [];
  },
  'the back takes certificates of declared agents only': (b) => {
    delete listener(b, 'back').filter_chains[0].transport_socket.typed_config.require_client_certificate;
  },
  'agents never have every connection of the gateway, and nobody has one for long without saying who they are': (b) => {
    delete listener(b, 'front').filter_chains[0].transport_socket_connect_timeout;
    b.layered_runtime.layers[0].static_layer.envoy.resource_limits.listener.back.connection_limit = 4_096;
  },
  'what all agents share has room for more than one of them may have under way': (b) => {
    delete clusterNamed(b, 'governor').circuit_breakers;
  },
  'an upstream is asked at its own addresses only': (b) => {
    upstreamFilters(clusterNamed(b, 'model-claude')).shift();
  },
  'what an agent brought is removed': (b) => {
    managers(listener(b, 'back'))[0].route_config.virtual_hosts[0].request_headers_to_remove = [];
  },
};

describe('every Envoy keeps its promises', () => {
  test('for any declaration', () => {
    fc.assert(
      fc.property(declarations, (declaration) => {
        const gateway = gatewayOf(declaration);
        for (const [name, holds] of Object.entries(every)) expect([name, holds(gateway)]).toEqual([name, []]);
        for (const sidecar of sidecarsOf(declaration))
          for (const [name, holds] of Object.entries(promises)) expect([name, holds(sidecar)]).toEqual([name, []]);
      }),
      { numRuns: 30 },
    );
  });

  test.each(Object.keys(every))('broken, it is seen: %s', (name) => {
    const gateway = gatewayOf(desk());
    expect(every[name]?.(gateway)).toEqual([]);
    breaks[name]?.(gateway);
    expect(every[name]?.(gateway)).not.toEqual([]);
  });
});
