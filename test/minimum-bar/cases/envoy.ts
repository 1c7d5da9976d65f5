import { asTeam, type Cases, type Draft, onOpenShift } from '../../support/bar';
import { plainContracts } from '../../support/own-models';

// biome-ignore lint/suspicious/noExplicitAny: Envoy configuration by hand
type Any = any;
const SIDECAR = 'triage-sidecar';
const front = (change: (l: Any, m: Any) => void) => (d: Draft) => d.listener('gateway', 'front', change);
const back = (change: (l: Any, m: Any) => void) => (d: Draft) => d.listener('gateway', 'back', change);
const filter = (change: (f: Any) => void) => back((_l, m) => change(m.http_filters[0]));
const upstream = (name: string, change: (c: Any) => void) => (d: Draft) => d.cluster('gateway', name, change);
/** A change to how agents reach one another. */
const peers = (change: (host: Any) => void) => ({
  of: asTeam,
  change: back((_l, m) => change(m.route_config.virtual_hosts[1])),
});
/** A route of the platform to a front that is in the cluster alone. */
const routed = (host: (d: Draft) => string) => ({
  of: plainContracts,
  change: (d: Draft) => {
    const route = structuredClone(d.get('HTTPRoute', 'approvals'));
    route.metadata.name = 'gateway';
    Object.assign(route.spec, {
      hostnames: [host(d)],
      rules: [{ backendRefs: [{ name: 'gateway', port: 8443 }] }],
    });
    d.add(route);
  },
});
/** A change to the route of the team's tunnels. */
const tunnel = (change: (route: Any, manager: Any) => void) => ({
  of: asTeam,
  change: back((_l, m) => change(m.route_config.virtual_hosts[2].routes[0], m)),
});
const options = (cluster: Any): Any => Object.values(cluster.typed_extension_protocol_options)[0];

/** Rules about the gateway, sidecars and what people reach. */
export const envoy: Cases = {
  'data-plane-is-as-declared': {
    noncompliance: {
      'a timeout by hand': filter((f) => Object.assign(f.typed_config, { message_timeout: '5s' })),
      'a setting more for the sidecar': (d) =>
        d.listener(SIDECAR, 'outbound', (l) => Object.assign(l, { transparent: false })),
      'another secret file': (d) => d.json('gateway', 'sds-ca.json', (c) => Object.assign(c, { version_info: '1' })),
      'a file more': (d) => Object.assign(d.get('ConfigMap', 'gateway').data, { 'more.json': '{}' }),
      'a file less': (d) => {
        delete d.get('ConfigMap', SIDECAR).data['sds-ca.json'];
      },
    },
    compliance: {
      'an annotation': (d) => Object.assign(d.get('ConfigMap', 'gateway').metadata.annotations, { note: 'x' }),
      'on OpenShift': { of: onOpenShift },
    },
  },
  'requests-wait-for-decisions': {
    noncompliance: {
      'fails open': filter((f) => Object.assign(f.typed_config, { failure_mode_allow: true })),
      'only watches': filter((f) => Object.assign(f.typed_config, { observability_mode: true })),
      'is disabled': filter((f) => Object.assign(f, { disabled: true })),
      'sees no bodies': filter((f) => Object.assign(f.typed_config.processing_mode, { request_body_mode: 'NONE' })),
      'hears of bodies when they have passed': filter((f) =>
        Object.assign(f.typed_config.processing_mode, { response_body_mode: 'STREAMED' }),
      ),
      'may stop to see': filter((f) => Object.assign(f.typed_config, { allow_mode_override: true })),
      'waits forever': filter((f) => Object.assign(f.typed_config, { message_timeout: '0s' })),
      'lets the first piece go before the last': back((_l, m) => {
        m.http_filters = m.http_filters.filter((f: Any) => f.name !== 'envoy.filters.http.buffer');
      }),
      'lets pieces go on one route': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes[0].typed_per_filter_config['envoy.filters.http.buffer'] = {
          disabled: true,
        };
      }),
      'waits for a governor that is gone': upstream('governor', (c) => {
        const [options] = Object.values(c.typed_extension_protocol_options) as Any[];
        delete options.explicit_http_config.http2_protocol_options.connection_keepalive;
      }),
      'asks somebody else': filter((f) =>
        Object.assign(f.typed_config.grpc_service.envoy_grpc, { cluster_name: 'model-claude' }),
      ),
      'no filter at the front': front((_l, m) => m.http_filters.shift()),
      'a filter before it': front((_l, m) => m.http_filters.unshift({ name: 'x', typed_config: { '@type': 'x.Lua' } })),
      'a route without it': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes[0].typed_per_filter_config['envoy.filters.http.ext_proc'] = {
          disabled: true,
        };
      }),
      'a tunnel that nobody sees into': tunnel((r) => {
        r.typed_per_filter_config['envoy.filters.http.ext_proc'] = { disabled: true };
      }),
      'a tunnel of which half is seen': tunnel((r) => {
        r.typed_per_filter_config['envoy.filters.http.ext_proc'] = {
          overrides: { processing_mode: { response_body_mode: 'NONE' } },
        };
      }),
      'bytes through': back((l) => {
        l.filter_chains.push({ filters: [{ name: 'tcp', typed_config: { '@type': 'x.TcpProxy' } }] });
      }),
      'paths with several spellings at the front': front((_l, m) => Object.assign(m, { merge_slashes: false })),
      'paths with several spellings': back((_l, m) => Object.assign(m, { normalize_path: false })),
      'routes from elsewhere': back((_l, m) => Object.assign(m, { rds: {} })),
      'a configuration from elsewhere': (d) =>
        d.json('gateway', 'envoy.yaml', (c) => Object.assign(c, { dynamic_resources: {} })),
      'another governor': upstream('governor', (c) => {
        c.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address = 'governor.example.net';
      }),
      'no configuration': (d) => {
        delete d.get('ConfigMap', 'gateway').data['envoy.yaml'];
      },
      'a configuration that is cut off': (d) => {
        const { data } = d.get('ConfigMap', 'gateway');
        data['envoy.yaml'] = data['envoy.yaml'].slice(0, -2);
      },
      'a configuration of two documents': (d) => {
        const { data } = d.get('ConfigMap', 'gateway');
        data['envoy.yaml'] += '---\n{}\n';
      },
    },
    compliance: { 'a shorter wait': filter((f) => Object.assign(f.typed_config, { message_timeout: '5s' })) },
  },
  'ports-cannot-be-stolen': {
    noncompliance: {
      'the default': (d) => d.listener(SIDECAR, 'inbound', (l) => delete l.enable_reuse_port),
      'shared on purpose': (d) => d.listener(SIDECAR, 'outbound', (l) => Object.assign(l, { enable_reuse_port: true })),
      'a second address': (d) =>
        d.listener(SIDECAR, 'inbound', (l) =>
          Object.assign(l, { additional_addresses: [{ address: { pipe: { path: '/tmp/x' } } }] }),
        ),
    },
    compliance: { 'on OpenShift': { of: onOpenShift } },
  },
  'admin-answers-nobody': {
    noncompliance: {
      'on the loopback': (d) =>
        d.json(SIDECAR, 'envoy.yaml', (c) =>
          Object.assign(c.admin, { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } }),
        ),
      everything: (d) => d.json('gateway', 'envoy.yaml', (c) => delete c.admin.allow_paths),
      certificates: (d) => d.json('gateway', 'envoy.yaml', (c) => c.admin.allow_paths.push({ exact: '/config_dump' })),
    },
    compliance: { 'no admin at all': (d) => d.json('gateway', 'envoy.yaml', (c) => delete c.admin) },
  },
  'callers-show-certificates': {
    noncompliance: {
      'no certificate': back((l) => delete l.filter_chains[0].transport_socket.typed_config.require_client_certificate),
      'an old version of TLS': back((l) => {
        l.filter_chains[0].transport_socket.typed_config.common_tls_context.tls_params.tls_minimum_protocol_version =
          'TLSv1_0';
      }),
      'any agent asks another': peers((host) => {
        host.routes[0].typed_per_filter_config['envoy.filters.http.rbac'].rbac.rules.policies.declared.principals = [
          { any: true },
        ];
      }),
      'what callers say at the front': front((_l, m) =>
        Object.assign(m, { forward_client_cert_details: 'FORWARD_ONLY' }),
      ),
      'no TLS at the front': front((l) => delete l.filter_chains[0].transport_socket),
      'everybody of the authority': back((l) => {
        delete l.filter_chains[0].transport_socket.typed_config.common_tls_context.combined_validation_context
          .default_validation_context.match_typed_subject_alt_names;
      }),
      'any caller at the sidecar': (d) =>
        d.listener(SIDECAR, 'inbound', (l) => {
          l.filter_chains[0].transport_socket.typed_config.common_tls_context.combined_validation_context.default_validation_context.match_typed_subject_alt_names[0].matcher =
            { suffix: '.svc' };
        }),
      'a route for anybody': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes[0].typed_per_filter_config[
          'envoy.filters.http.rbac'
        ].rbac.rules.policies.declared.principals = [{ any: true }];
      }),
      'no guard': back((_l, m) => {
        m.http_filters = m.http_filters.filter((f: Any) => f.name !== 'envoy.filters.http.rbac');
      }),
      'what callers say': back((_l, m) => Object.assign(m, { forward_client_cert_details: 'ALWAYS_FORWARD_ONLY' })),
      'a port more': (d) =>
        d.json('gateway', 'envoy.yaml', (c) =>
          c.static_resources.listeners.push({
            name: 'x',
            address: { socket_address: { address: '0.0.0.0', port_value: 1234 } },
          }),
        ),
    },
    compliance: { 'another buffer': back((l) => Object.assign(l, { per_connection_buffer_limit_bytes: 1024 })) },
  },
  'upstreams-are-declared': {
    noncompliance: {
      'a host of the platform at a front in the cluster alone': {
        of: plainContracts,
        change: front((_l, m) => m.route_config.virtual_hosts[0].domains.push('contracts.example.com')),
      },
      'a cluster more': (d) =>
        d.json('gateway', 'envoy.yaml', (c) =>
          c.static_resources.clusters.push({
            name: 'x',
            type: 'STRICT_DNS',
            load_assignment: {
              endpoints: [
                {
                  lb_endpoints: [
                    { endpoint: { address: { socket_address: { address: 'x.example.net', port_value: 443 } } } },
                  ],
                },
              ],
            },
          }),
        ),
      'wherever the caller wanted': upstream('tool-crm', (c) => Object.assign(c, { type: 'ORIGINAL_DST' })),
      'a route more': back((_l, m) =>
        m.route_config.virtual_hosts[0].routes.push({
          match: { path: '/tools/tickets/admin' },
          route: { cluster: 'tool-tickets' },
        }),
      ),
      'a prefix': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes[2].match = { prefix: '/tools/tickets/' };
      }),
      'a route to another tool': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes[2].route.cluster = 'tool-crm';
      }),
      'a copy for somebody': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes[0].route.request_mirror_policies = [{ cluster: 'tool-crm' }];
      }),
      'a sidecar that goes past the gateway': (d) =>
        d.cluster(SIDECAR, 'gateway', (c) => {
          c.load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address = '203.0.113.7';
        }),
      'every host': front((_l, m) => {
        m.route_config.virtual_hosts[0].domains = ['*'];
      }),
      'a route to an agent that is another one': peers((host) => {
        host.routes[0].route.cluster = 'agent-writer';
      }),
      'a route more from agent to agent': peers((host) => {
        host.routes.push({ ...host.routes[0], match: { path: '/tools/researcher/admin' } });
      }),
      'an upstream where the handle of a run goes on': peers((host) => {
        host.routes[0].match.path = '/models/claude/v1/messages';
        host.routes[0].route.cluster = 'model-claude';
      }),
      'a tunnel to a host that nobody declared': tunnel((r, m) => {
        r.match.headers[0].string_match.exact = 'evil.example.com:443';
        m.route_config.virtual_hosts[2].domains = ['evil.example.com'];
      }),
      'a tunnel to another port': tunnel((r) => {
        r.match.headers[0].string_match.exact = 'packages.example.com:22';
      }),
      'a tunnel to whatever port': tunnel((r) => {
        r.match.headers = [];
      }),
      'a tunnel that leads to another upstream': tunnel((r) => {
        r.route.cluster = 'tool-web';
      }),
      'a tunnel that becomes something else': tunnel((r) => {
        r.route.upgrade_configs.push({ upgrade_type: 'websocket' });
      }),
      'a request that becomes a tunnel': tunnel((_r, m) => {
        m.route_config.virtual_hosts[0].routes[0].route.upgrade_configs = [
          { upgrade_type: 'CONNECT', connect_config: {} },
        ];
      }),
      'a tunnel for people': {
        of: asTeam,
        change: (d) => {
          let host: Any;
          d.listener('gateway', 'back', (_l, m) => {
            host = m.route_config.virtual_hosts[2];
          });
          d.listener('gateway', 'front', (_l, m) => m.route_config.virtual_hosts.push(host));
        },
      },
      'a tunnel where nobody declared one': back((_l, m) => {
        m.route_config.virtual_hosts[0].routes.push({
          match: {
            connect_matcher: {},
            headers: [{ name: ':authority', string_match: { exact: 'a.example.com:443' } }],
          },
          route: { cluster: 'tool-tickets', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] },
        });
      }),
      'agents that ask one another where nobody declared it': back((_l, m) => {
        m.route_config.virtual_hosts.push({ ...m.route_config.virtual_hosts[0], domains: ['agents.example'] });
      }),
    },
    compliance: {
      'agents that ask one another': { of: asTeam },
      'a longer timeout': back((_l, m) =>
        Object.assign(m.route_config.virtual_hosts[0].routes[0].route, { timeout: '30s' }),
      ),
    },
  },
  'upstreams-are-verified': {
    noncompliance: {
      'TLS of its own in front of a tunnel': {
        of: asTeam,
        change: (d) => {
          let socket: Any;
          d.cluster('gateway', 'tool-web', (c) => {
            socket = c.transport_socket;
          });
          d.cluster('gateway', 'tool-packages', (c) => Object.assign(c, { transport_socket: socket }));
        },
      },
      'no TLS': upstream('tool-crm', (c) => delete c.transport_socket),
      'no name': upstream(
        'tool-crm',
        (c) =>
          delete c.transport_socket.typed_config.common_tls_context.validation_context.match_typed_subject_alt_names,
      ),
      'any chain': upstream('model-claude', (c) =>
        Object.assign(c.transport_socket.typed_config.common_tls_context.validation_context, {
          trust_chain_verification: 'ACCEPT_UNTRUSTED',
        }),
      ),
      'no certificate of its own': upstream(
        'governor',
        (c) => delete c.transport_socket.typed_config.common_tls_context.tls_certificate_sds_secret_configs,
      ),
      'another name': (d) =>
        d.cluster(SIDECAR, 'gateway', (c) => {
          c.transport_socket.typed_config.common_tls_context.combined_validation_context.default_validation_context.match_typed_subject_alt_names[0].matcher.exact =
            'x';
        }),
    },
    compliance: { 'a shorter connection': upstream('tool-crm', (c) => Object.assign(c, { connect_timeout: '1s' })) },
  },
  'addresses-are-checked-again': {
    noncompliance: {
      'no filter': upstream('tool-crm', (c) => {
        options(c).http_filters = options(c).http_filters.filter(
          (f: Any) => f.name !== 'envoy.filters.http.upstream_rbac',
        );
      }),
      'every address': upstream('model-claude', (c) => {
        options(c).http_filters[0].typed_config.rules.policies.addresses.permissions = [{ any: true }];
      }),
      'a wider range': upstream('tool-tickets', (c) => {
        options(
          c,
        ).http_filters[0].typed_config.rules.policies.addresses.permissions[0].or_rules.rules[0].matcher.typed_config.upstream_ip.prefix_len =
          0;
      }),
    },
    compliance: {
      'a narrower range': upstream('tool-tickets', (c) => {
        options(
          c,
        ).http_filters[0].typed_config.rules.policies.addresses.permissions[0].or_rules.rules[0].matcher.typed_config.upstream_ip.prefix_len =
          28;
      }),
    },
  },
  'credentials-go-to-their-upstream': {
    noncompliance: {
      "another upstream's key": (d) => {
        const { data } = d.get('ConfigMap', 'gateway');
        data['sds-tool-crm-credential.json'] = data['sds-tool-tickets-credential.json'].replaceAll(
          'tool-tickets',
          'tool-crm',
        );
      },
      'another header': upstream('model-claude', (c) => {
        const injector = options(c).http_filters.find((f: Any) => f.name.includes('credential'));
        injector.typed_config.credential.typed_config.header = 'x-other';
      }),
      'the key of the agent counts': upstream('model-claude', (c) => {
        const injector = options(c).http_filters.find((f: Any) => f.name.includes('credential'));
        injector.typed_config.overwrite = false;
      }),
      'no key': upstream('model-claude', (c) => {
        options(c).http_filters = options(c).http_filters.filter((f: Any) => !f.name.includes('credential'));
      }),
      'what agents bring goes on': back((_l, m) => {
        m.route_config.virtual_hosts[0].request_headers_to_remove = [];
      }),
      'what agents bring goes on to agents': peers((host) => {
        host.request_headers_to_remove = ['x-firepit-run'];
      }),
      'the handle of a run goes on to upstreams': {
        of: asTeam,
        change: back((_l, m) => {
          const host = m.route_config.virtual_hosts[0];
          host.request_headers_to_remove = host.request_headers_to_remove.filter((h: string) => h !== 'x-firepit-run');
        }),
      },
    },
    compliance: {
      'agents that hand a run on': { of: asTeam },
      'one header more removed': back((_l, m) =>
        m.route_config.virtual_hosts[0].request_headers_to_remove.push('x-more'),
      ),
    },
  },
  'credentials-stay-put': {
    noncompliance: {
      'a key of an upstream at the governor': (d) =>
        d.pod('governor').volumes.push({ name: 'x', secret: { secretName: 'claude' } }),
      'a token at the gateway': (d) =>
        d
          .pod('gateway')
          .volumes.push({ name: 'x', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
      'in the environment': (d) =>
        Object.assign(d.pod('approvals').containers[0], {
          env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'postgres', key: 'password' } } }],
        }),
      'a token for a day': (d) => {
        for (const v of d.pod('warden').volumes)
          if (v.projected) v.projected.sources[0].serviceAccountToken.expirationSeconds = 86400;
      },
      'the signing key at the approvals': (d) =>
        d.pod('approvals').volumes.push({ name: 'x', secret: { secretName: 'ledger-signing-key' } }),
    },
    compliance: { 'a scratch volume': (d) => d.pod('governor').volumes.push({ name: 'x', emptyDir: {} }) },
  },
  'services-stay-inside': {
    noncompliance: {
      'a NodePort': (d) => Object.assign(d.get('Service', 'governor').spec, { type: 'NodePort' }),
      'an address outside': (d) => Object.assign(d.get('Service', 'gateway').spec, { externalIPs: ['203.0.113.7'] }),
      "another part's pods": (d) => {
        d.get('Service', 'governor').spec.selector['firepit.dev/component'] = 'approvals';
      },
      'every pod': (d) => {
        d.get('Service', 'gateway').spec.selector = { 'firepit.dev/environment': d.agents };
      },
      'another port': (d) => {
        d.get('Service', 'gateway').spec.ports[0].targetPort = 9901;
      },
      'a Service more': (d) =>
        d.add({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x', namespace: d.agents }, spec: { ports: [] } }),
      'a Service less': (d) => d.remove('Service', 'ledger'),
      'addresses by hand': (d) =>
        d.add({
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'x', namespace: d.control },
        }),
    },
    compliance: {
      'an annotation': (d) => Object.assign(d.get('Service', 'gateway').metadata.annotations, { note: 'x' }),
    },
  },
  'exposure-is-declared': {
    noncompliance: {
      'another host': (d) => d.get('HTTPRoute', 'gateway').spec.hostnames.push('x.example.com'),
      'another part': (d) => {
        d.get('HTTPRoute', 'gateway').spec.rules[0].backendRefs[0].name = 'governor';
      },
      'a mirror': (d) =>
        Object.assign(d.get('HTTPRoute', 'gateway').spec.rules[0], { filters: [{ type: 'RequestMirror' }] }),
      'another Gateway': (d) => {
        d.get('HTTPRoute', 'gateway').spec.parentRefs[0].name = 'other';
      },
      unverified: (d) => d.remove('BackendTLSPolicy', 'approvals'),
      'an Ingress': (d) =>
        d.add({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'x', namespace: d.control } }),
      'a host for a front in the cluster alone': routed(() => 'contracts.example.com'),
      'its Service as a host': routed((d) => `gateway.${d.control}.svc`),
      'approvals, by way of its front': {
        of: plainContracts,
        change: (d) => {
          d.get('HTTPRoute', 'approvals').spec.rules[0].backendRefs[0].name = 'gateway';
        },
      },
      'TLS that ends early': {
        of: onOpenShift,
        change: (d) => Object.assign(d.get('Route', 'gateway').spec.tls, { termination: 'edge' }),
      },
      'some requests elsewhere': {
        of: onOpenShift,
        change: (d) =>
          Object.assign(d.get('Route', 'gateway').spec, { alternateBackends: [{ kind: 'Service', name: 'governor' }] }),
      },
    },
    compliance: { 'the Routes of OpenShift': { of: onOpenShift }, 'no route to the front': { of: plainContracts } },
  },
};
