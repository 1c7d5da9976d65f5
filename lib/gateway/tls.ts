import { type Envoy, extension } from './envoy';
import { type FileSecret, SYSTEM_CA, sdsConfig } from './sds';

const TLS = 'envoy.extensions.transport_sockets.tls.v3';

/** Exactly these DNS names, in a certificate of the trusted authorities. */
const names = (dns: readonly string[]): Envoy => ({
  match_typed_subject_alt_names: dns.map((exact) => ({ san_type: 'DNS', matcher: { exact } })),
});

const combined = (ca: FileSecret, dns: readonly string[]): Envoy => ({
  combined_validation_context: {
    default_validation_context: names(dns),
    validation_context_sds_secret_config: sdsConfig(ca),
  },
});

/** TLS as a server. With `callers` it is mutual, and only these names may call. */
export const serverTls = (props: {
  readonly certificate: FileSecret;
  readonly callers?: { readonly ca: FileSecret; readonly dns: readonly string[] };
  readonly alpn: readonly string[];
}): Envoy =>
  extension('envoy.transport_sockets.tls', `${TLS}.DownstreamTlsContext`, {
    common_tls_context: {
      // Browsers and ingress proxies speak 1.2 as well; between our own Envoys there is only 1.3.
      tls_params: { tls_minimum_protocol_version: props.callers === undefined ? 'TLSv1_2' : 'TLSv1_3' },
      alpn_protocols: props.alpn,
      tls_certificate_sds_secret_configs: [sdsConfig(props.certificate)],
      ...(props.callers === undefined ? {} : combined(props.callers.ca, props.callers.dns)),
    },
    ...(props.callers === undefined
      ? {}
      : {
          require_client_certificate: true,
          // A resumed session would not look at the certificate again.
          disable_stateless_session_resumption: true,
          disable_stateful_session_resumption: true,
        }),
  });

/** TLS as a client: the server is verified by name, always. */
export const clientTls = (props: {
  readonly host: string;
  /** @default - the image's trust store */
  readonly ca?: FileSecret;
  /** Own certificate, for mutual TLS. @default - none */
  readonly certificate?: FileSecret;
}): Envoy =>
  extension('envoy.transport_sockets.tls', `${TLS}.UpstreamTlsContext`, {
    sni: props.host,
    common_tls_context: {
      tls_params: {
        tls_minimum_protocol_version: props.certificate === undefined ? 'TLSv1_2' : 'TLSv1_3',
        tls_maximum_protocol_version: 'TLSv1_3',
      },
      ...(props.certificate === undefined
        ? {}
        : { tls_certificate_sds_secret_configs: [sdsConfig(props.certificate)] }),
      ...(props.ca === undefined
        ? { validation_context: { trusted_ca: { filename: SYSTEM_CA }, ...names([props.host]) } }
        : combined(props.ca, [props.host])),
    },
  });
