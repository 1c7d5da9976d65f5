import { generateKeyPairSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isAlive } from '../lib/alive';
import { FirepitError } from '../lib/errors';
import { signerOf, vkeyOf } from '../services/ledger';

/** What outlives a run: the database, the signed log, and the key that signs it. */
export class StateFolder {
  private constructor(readonly path: string) {}

  /**
   * Takes a folder for this process, and makes what is missing in it.
   * @param path @default - a new one among the temporary files
   * @throws FirepitError `output` when it cannot be written, `usage` when another process has it
   */
  static open(path: string | undefined, origin: string): StateFolder {
    const folder = new StateFolder(path === undefined ? mkdtempSync(join(tmpdir(), 'firepit-dev-')) : resolve(path));
    try {
      mkdirSync(folder.log, { recursive: true });
      folder.take();
      folder.makeKey(origin);
    } catch (error) {
      if (error instanceof FirepitError) throw error;
      throw new FirepitError(
        'output',
        `the folder ${folder.path} cannot be used: ${(error as Error).message}\n  fix: --state FOLDER names one that you may write`,
      );
    }
    return folder;
  }

  /** The log, as `firepit audit` reads it. */
  get log(): string {
    return join(this.path, 'log');
  }
  get database(): string {
    return join(this.path, 'database');
  }
  /** Private key of the log, in PEM. */
  get signingKey(): string {
    return join(this.path, 'ledger.pem');
  }
  /** Its public half, for `firepit audit verify --key`. */
  get publicKey(): string {
    return join(this.path, 'ledger.vkey');
  }

  release(): void {
    rmSync(this.lock, { force: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private get lock(): string {
    return join(this.path, 'in-use');
  }

  /** One process for one folder: two would write over each other. */
  private take(): void {
    const owner = existsSync(this.lock) ? Number(readFileSync(this.lock, 'utf8')) : 0;
    if (owner > 0 && isAlive(owner))
      throw new FirepitError(
        'usage',
        `the folder ${this.path} is in use by process ${owner}\n  fix: end that one, or name another folder`,
      );
    rmSync(this.lock, { force: true });
    const file = openSync(this.lock, 'wx');
    writeFileSync(file, String(process.pid));
    closeSync(file);
  }

  private makeKey(origin: string): void {
    if (!existsSync(this.signingKey)) {
      const { privateKey } = generateKeyPairSync('ed25519');
      writeFileSync(this.signingKey, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    }
    writeFileSync(this.publicKey, `${vkeyOf(signerOf(origin, readFileSync(this.signingKey)))}\n`);
  }
}
