import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from './build';
import type { Registry } from './registry';

const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: 'ignore' });
};

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
      key.alone(registry);
      key.run(registry, ['generate-key-pair', '--output-key-prefix', key.file('cosign')]);
    }
    return key;
  }

  /** The key of a certificate that an authority of its own issued: `certificate` and `chain` in PEM. */
  static async certified(folder: string, registry: Registry) {
    const [ca, own] = [join(folder, 'ca'), join(folder, 'signer')];
    const cosign = join(await built('cosign'), 'cosign');
    if (!existsSync(`${own}.crt`)) {
      mkdirSync(folder, { recursive: true });
      const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
      openssl('req', '-x509', ...ec, '-keyout', `${ca}.key`, '-out', `${ca}.crt`, '-subj', '/CN=authority');
      openssl(
        ...['req', '-x509', ...ec, '-keyout', `${own}.key`, '-out', `${own}.crt`, '-subj', '/CN=signer'],
        ...['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-addext', 'basicConstraints=critical,CA:FALSE'],
        ...['-addext', 'extendedKeyUsage=codeSigning'],
      );
      const key = new SigningKey(folder, cosign);
      key.alone(registry);
      key.run(registry, ['import-key-pair', '--key', `${own}.key`, '--output-key-prefix', key.file('cosign')]);
    }
    const read = (file: string): string => readFileSync(file, 'utf8');
    return { key: new SigningKey(folder, cosign), certificate: read(`${own}.crt`), chain: read(`${ca}.crt`) };
  }

  /** PEM, as a declaration's Signer.key takes it. */
  get publicKey(): string {
    return readFileSync(this.file('cosign.pub'), 'utf8');
  }

  /** Signs images by digest, beside the images. */
  sign(registry: Registry, ...references: readonly string[]): void {
    this.run(registry, ['sign', ...this.offline(registry), ...references]);
  }

  /** Signs a statement about an image. @param type of its predicate, as cosign names it */
  attest(registry: Registry, reference: string, type: string, predicate: object): void {
    const file = this.file('predicate.json');
    writeFileSync(file, JSON.stringify(predicate));
    this.run(registry, ['attest', ...this.offline(registry), '--type', type, '--predicate', file, reference]);
  }

  private offline(registry: Registry): string[] {
    const without = ['--signing-config', this.file('services.json'), '--trusted-root', this.file('root.json')];
    return ['--yes', ...without, '--registry-cacert', registry.caFile, '--key', this.file('cosign.key')];
  }

  /** No service and no root of anybody: without these files cosign asks the public ones, and waits ten seconds for each. */
  private alone(registry: Registry): void {
    this.run(registry, ['signing-config', 'create', '--out', this.file('services.json')]);
    this.run(registry, ['trusted-root', 'create', '--out', this.file('root.json')]);
  }

  private file(name: string): string {
    return join(this.folder, name);
  }

  private run(registry: Registry, args: readonly string[]): void {
    const { ok, out } = registry.run(this.cosign, args, { COSIGN_PASSWORD: '', HOME: this.folder });
    if (!ok) throw new Error(`cosign ${args.slice(0, 2).join(' ')}: ${out.trim()}`);
  }
}
