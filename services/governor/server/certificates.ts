import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { experimental } from '@grpc/grpc-js';
import type { GovernorConfig } from '../../../contract/governor';

type CertificateProvider = experimental.CertificateProvider;
type Update<K extends 'addCaCertificateListener' | 'addIdentityCertificateListener'> = Parameters<
  Parameters<CertificateProvider[K]>[0]
>[0];
type CaListener = (update: Update<'addCaCertificateListener'>) => void;
type IdentityListener = (update: Update<'addIdentityCertificateListener'>) => void;

/** Kubelet swaps mounted files within a minute or so; looking is cheap. */
const EVERY_MILLISECONDS = 5_000;

interface Files {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** Certificate, key and CA as they are mounted. @throws Error when they cannot be read or do not belong together */
export function readCertificates({ certificate, key, ca }: GovernorConfig['tls']): Files {
  const files = { certificate: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(ca) };
  if (!new X509Certificate(files.certificate).checkPrivateKey(createPrivateKey(files.key)))
    throw new Error(`${key} is not the key of ${certificate}`);
  createSecureContext({ cert: files.certificate, key: files.key, ca: files.ca });
  return files;
}

/** What gRPC serves with: the files as they are now, and whatever they become, as soon as it is whole. */
export class MountedCertificates implements CertificateProvider {
  private files: Files;
  private readonly cas = new Set<CaListener>();
  private readonly identities = new Set<IdentityListener>();
  private readonly timer: NodeJS.Timeout;

  /** @throws Error when the files cannot be used */
  constructor(private readonly tls: GovernorConfig['tls']) {
    this.files = readCertificates(tls);
    this.timer = setInterval(() => this.refresh(), EVERY_MILLISECONDS).unref();
  }

  /** Reads the files again. Half of a rotation changes nothing. */
  refresh(): void {
    let files: Files;
    try {
      files = readCertificates(this.tls);
    } catch {
      return;
    }
    const same = (['certificate', 'key', 'ca'] as const).every((name) => files[name].equals(this.files[name]));
    if (same) return;
    this.files = files;
    for (const told of this.identities) this.tellIdentity(told);
    for (const told of this.cas) this.tellCa(told);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.cas.add(listener);
    process.nextTick(() => this.tellCa(listener));
  }
  removeCaCertificateListener(listener: CaListener): void {
    this.cas.delete(listener);
  }
  addIdentityCertificateListener(listener: IdentityListener): void {
    this.identities.add(listener);
    process.nextTick(() => this.tellIdentity(listener));
  }
  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.identities.delete(listener);
  }
  close(): void {
    clearInterval(this.timer);
  }

  private tellCa(told: CaListener): void {
    told({ caCertificate: this.files.ca });
  }
  private tellIdentity(told: IdentityListener): void {
    told({ certificate: this.files.certificate, privateKey: this.files.key });
  }
}
