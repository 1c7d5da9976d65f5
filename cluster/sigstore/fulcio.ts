import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { built } from '../build';
import { AUDIENCE, type Issuer } from './issuer';
import type { Servers } from './servers';

/** An authority of Fulcio: files of its certificate and key. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

/** Makes an authority, a root of its own. */
export function authority(folder: string, name: string): Authority {
  const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...['-keyout', key, '-out', certificate, '-subj', `/O=bench/CN=${name}`],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ],
    { stdio: 'ignore' },
  );
  return { certificate, key };
}

export interface FulcioOptions {
  readonly authority: Authority;
  readonly issuers: readonly Issuer[];
  /** URL of the log that promises to hold its certificates. @default - none: certificates without such a promise */
  readonly log?: string;
  /** The authority of the issuers' TLS. */
  readonly caFile: string;
  /** On loopback; the two after it by a hundred each are its gRPC's and its metrics'. */
  readonly port: number;
}

/** Starts a Fulcio, and says where it is once it answers. */
export async function fulcio(servers: Servers, name: string, options: FulcioOptions): Promise<string> {
  const { authority, issuers, log = '', caFile, port } = options;
  const config = join(servers.folder, `${name}.yaml`);
  const about = { 'client-id': AUDIENCE, type: 'email', contact: 'bench@example.com', description: 'people' };
  const known = issuers.map(({ url }) => [url, { 'issuer-url': url, ...about }]);
  writeFileSync(config, stringify({ 'oidc-issuers': Object.fromEntries(known) }));
  servers.start(
    name,
    join(await built('fulcio'), 'fulcio'),
    [
      ...['serve', '--log_type=prod', `--config-path=${config}`, `--ct-log-url=${log}`],
      ...['--ca=fileca', `--fileca-cert=${authority.certificate}`, `--fileca-key=${authority.key}`],
      // The key is in the clear, and it wants a password all the same.
      '--fileca-key-passwd=none',
      ...['--host=127.0.0.1', `--port=${port}`, '--grpc-host=127.0.0.1', `--grpc-port=${port + 100}`],
      ...[`--metrics-port=${port + 200}`, `--legacy-unix-domain-socket=@${name}`],
    ],
    { SSL_CERT_FILE: caFile },
  );
  await servers.answer(name, port, '/api/v2/trustBundle');
  return `http://127.0.0.1:${port}`;
}
