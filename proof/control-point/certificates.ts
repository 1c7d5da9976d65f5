import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pki } from '../../dev/pki';

/** What a part mounts: its certificate, its key, and the authority. */
export type Keys = Readonly<Record<'tls.crt' | 'tls.key' | 'ca.crt', string>>;

/** The authority of one twin: nothing else trusts it, and its key is gone with the process. Needs openssl. */
export class Authority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'firepit-twin-'));
  private readonly pki = this.orNothing(() => new Pki(this.folder));

  get certificate(): string {
    return this.pki.ca;
  }

  /** A leaf for servers and clients of these names. */
  leaf([first = '', ...others]: readonly string[]): Keys {
    const { cert, key, ca } = this.orNothing(() => this.pki.leaf(first, ...others));
    return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private orNothing<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      this.close();
      throw new Error(`certificates cannot be made with openssl: ${(error as Error).message.trim()}`);
    }
  }
}

/** A key of the ledger's checkpoints. */
export const signingKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
