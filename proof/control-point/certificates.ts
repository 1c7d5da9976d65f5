import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a part mounts: its certificate, its key, and the authority. */
export type Keys = Readonly<Record<'tls.crt' | 'tls.key' | 'ca.crt', string>>;

const NEW = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];

/** The authority of one twin: nothing else trusts it, and its key is gone with the process. Needs openssl. */
export class Authority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'firepit-twin-'));

  constructor() {
    this.openssl(
      'ca',
      ['-subj', '/CN=firepit proof'],
      ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'],
    );
  }

  get certificate(): string {
    return this.read('ca.crt');
  }

  /** A leaf for servers and clients of these names. */
  leaf(names: readonly string[]): Keys {
    const subject = `/CN=${(names[0] ?? '').slice(0, 64)}`;
    this.openssl(
      'leaf',
      ['-subj', subject, '-CA', 'ca.crt', '-CAkey', 'ca.key'],
      [
        'basicConstraints=critical,CA:FALSE',
        'extendedKeyUsage=serverAuth,clientAuth',
        `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
      ],
    );
    return { 'tls.crt': this.read('leaf.crt'), 'tls.key': this.read('leaf.key'), 'ca.crt': this.certificate };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private openssl(name: string, args: readonly string[], extensions: readonly string[]): void {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
    const extra = extensions.flatMap((extension) => ['-addext', extension]);
    try {
      execFileSync('openssl', ['req', '-x509', ...NEW, ...out, ...args, ...extra], {
        cwd: this.folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (error) {
      this.close();
      throw new Error(`certificates cannot be made with openssl: ${(error as Error).message.trim()}`);
    }
  }

  private read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}

/** A key of the ledger's checkpoints. */
export const signingKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
