import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate with its key and authority, in PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** A certificate authority in a directory; each name gets a certificate for server and client. */
export class Pki {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true });
    openssl(
      ...['req', '-x509', ...EC, '-days', '2', '-subj', '/CN=test-ca'],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ...['-keyout', this.path('ca.key'), '-out', this.path('ca.crt')],
    );
  }

  get ca(): string {
    return readFileSync(this.path('ca.crt'), 'utf8');
  }

  /** @param others names that it is valid for as well */
  leaf(name: string, ...others: readonly string[]): Leaf {
    const file = (suffix: string): string => this.path(`${name}.${suffix}`);
    const names = [name, ...others].map((dns) => `DNS:${dns}`).join(',');
    openssl('req', ...EC, '-subj', '/CN=leaf', '-keyout', file('key'), '-out', file('csr'));
    writeFileSync(
      file('ext'),
      `basicConstraints=critical,CA:FALSE\nsubjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`,
    );
    openssl(
      ...['x509', '-req', '-days', '2', '-in', file('csr'), '-CA', this.path('ca.crt'), '-CAkey', this.path('ca.key')],
      ...['-CAcreateserial', '-extfile', file('ext'), '-out', file('crt')],
    );
    return { cert: readFileSync(file('crt'), 'utf8'), key: readFileSync(file('key'), 'utf8'), ca: this.ca };
  }

  private path(file: string): string {
    return join(this.directory, file);
  }
}
