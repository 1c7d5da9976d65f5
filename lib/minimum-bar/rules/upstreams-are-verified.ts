import { PORT } from '../../names';
import { type Bootstrap, bootstraps, clustersOf, endpointsOf, ownerOf } from '../envoy';
import type { Problem, Rule } from '../types';
import { mayConnect } from '../upstreams';
import { at, type Data, record, records, show, string } from '../values';
import type { View } from '../view';

const SYSTEM = '/etc/ssl/certs/ca-certificates.crt';

const namesOf = (context: Data): readonly string[] => {
  const plain = at(context, 'validation_context', 'match_typed_subject_alt_names');
  const combined = at(
    context,
    'combined_validation_context',
    'default_validation_context',
    'match_typed_subject_alt_names',
  );
  return records(plain ?? combined).map((m) => (m.san_type === 'DNS' ? String(at(m, 'matcher', 'exact')) : show(m)));
};

/** Whether a chain of a known authority is demanded. */
const trusts = (context: Data): boolean => {
  const plain = record(context.validation_context);
  const combined = record(context.combined_validation_context);
  const defaults = record(combined.default_validation_context);
  if (plain.trust_chain_verification !== undefined || defaults.trust_chain_verification !== undefined) return false;
  const file = at(plain, 'trusted_ca', 'filename');
  return file === SYSTEM || string(at(combined, 'validation_context_sds_secret_config', 'name')) !== undefined;
};

const clusterProblems = (view: View, bootstrap: Bootstrap, cluster: Data): string[] => {
  if (cluster.transport_socket_matches !== undefined) return ['how it connects depends on the address'];
  const [address] = endpointsOf(cluster);
  if (address?.pipe !== undefined) return [];
  const [host, port] = [at(address, 'socket_address', 'address'), at(address, 'socket_address', 'port_value')];
  const upstream = mayConnect(view, bootstrap).find((u) => u.host === host && u.port === port);
  if (upstream === undefined) return [];
  if (upstream.certificate === undefined)
    return cluster.transport_socket === undefined
      ? []
      : ['it speaks TLS where its agent, or the caller in a tunnel, does'];
  const tls = at(cluster, 'transport_socket', 'typed_config');
  if (!String(at(tls, '@type')).endsWith('.UpstreamTlsContext')) return ['it connects without TLS'];
  const context = record(at(tls, 'common_tls_context'));
  const out: string[] = [];
  const names = namesOf(context);
  if (names.length !== 1 || names[0] !== upstream.certificate)
    out.push(`it accepts a certificate of ${show(names)}, not of ${upstream.certificate}`);
  if (!['TLSv1_2', 'TLSv1_3'].includes(String(at(context, 'tls_params', 'tls_minimum_protocol_version'))))
    out.push('it speaks an old version of TLS');
  if (!trusts(context)) out.push('it accepts a certificate of any authority');
  if (at(tls, 'sni') !== upstream.certificate) out.push(`it asks for ${show(at(tls, 'sni'))}`);
  if (at(tls, 'allow_renegotiation') === true) out.push('it lets the other side renegotiate');
  return out;
};

/** Between the environment's own parts, the caller shows who it is. */
const mutual = (view: View, bootstrap: Bootstrap, cluster: Data): string[] => {
  const [address] = endpointsOf(cluster);
  const port = at(address, 'socket_address', 'port_value');
  const host = string(at(address, 'socket_address', 'address')) ?? '';
  const own =
    [PORT.decide, PORT.back].includes(Number(port) as 50051) || view.governed.some((n) => host.includes(`.${n}.svc`));
  const certificates = records(
    at(cluster, 'transport_socket', 'typed_config', 'common_tls_context', 'tls_certificate_sds_secret_configs'),
  );
  if (!own || certificates.length === 1) return [];
  return [`it shows ${certificates.length} certificates to ${host || bootstrap.role}`];
};

export const rule: Rule = {
  id: 'upstreams-are-verified',
  layer: 'identity',
  info: 'An Envoy connects without verifying whom it reached, or without showing who it is.',
  explanation:
    'behind an address may be anybody: without the name in the certificate, credentials and bodies go to whoever answers',
  fix: 'TLS with exactly one subject name and a known authority for every cluster, a certificate of its own between parts of the environment',
  check: (view): Problem[] =>
    bootstraps(view).flatMap((bootstrap) =>
      clustersOf(bootstrap).flatMap(({ value, path }) =>
        [...clusterProblems(view, bootstrap, value), ...mutual(view, bootstrap, value)].map((problem) => ({
          object: ownerOf(bootstrap),
          path,
          problem,
        })),
      ),
    ),
};
