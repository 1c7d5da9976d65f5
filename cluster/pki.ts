import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Keys and certificates of a cluster that lives for days, made by openssl in `<folder>/pki` unless they are there. */
export class Pki {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = join(folder, 'pki');
    if (existsSync(this.file('ca.crt'))) return;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.openssl(
      'req',
      '-x509',
      ...CURVE,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '30',
      '-subj',
      '/CN=cluster',
    );
    this.openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', 'accounts.key');
    this.openssl('pkey', '-in', 'accounts.key', '-pubout', '-out', 'accounts.pub');
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** `<name>.crt` and `<name>.key`, for both sides of a connection. */
  issue(name: string, subject: string, names: readonly string[]): void {
    writeFileSync(
      this.file(`${name}.ext`),
      `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`,
    );
    this.openssl('req', ...CURVE, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', `${name}.ext`];
    this.openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signed);
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' });
  }
}
