import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './build';
import type { Registry } from './registry';

/** A key pair of cosign. It signs without certificate, transparency log or timestamp: offline. */
export class SigningKey {
  private constructor(
    private readonly folder: string,
    private readonly cosign: string,
  ) {}

  /** The key pair in a folder; generated unless it is there. */
  static async in(folder: string, registry: Registry): Promise<SigningKey> {
    const key = new SigningKey(folder, join(await built('cosign'), 'cosign'));
    if (!existsSync(key.file('cosign.pub'))) {
      mkdirSync(folder, { recursive: true });
      key.run(registry, ['signing-config', 'create', '--out', key.file('services.json')]);
      key.run(registry, ['generate-key-pair', '--output-key-prefix', key.file('cosign')]);
    }
    return key;
  }

  /** PEM, as a declaration's Signer.key takes it. */
  get publicKey(): string {
    return readFileSync(this.file('cosign.pub'), 'utf8');
  }

  /** Signs images by digest, beside the images. */
  sign(registry: Registry, ...references: readonly string[]): void {
    const without = ['--signing-config', this.file('services.json'), '--registry-cacert', registry.caFile];
    this.run(registry, ['sign', '--yes', ...without, '--key', this.file('cosign.key'), ...references]);
  }

  private file(name: string): string {
    return join(this.folder, name);
  }

  private run(registry: Registry, args: readonly string[]): void {
    const { ok, out } = registry.run(this.cosign, args, { COSIGN_PASSWORD: '', HOME: this.folder });
    if (!ok) throw new Error(`cosign ${args.slice(0, 2).join(' ')}: ${out.trim()}`);
  }
}
