import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { GovernorConfig } from '../../../contract/governor';

/** Kubelet swaps mounted files within a minute or so; looking is cheap. */
const EVERY_MILLISECONDS = 5_000;

interface Files {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** Certificate, key and CA as they are mounted. @throws Error when they cannot be read or do not belong together */
export function readCertificates({ certificate, key, ca }: GovernorConfig['tls']): Files {
  const files = { cert: readFileSync(certificate), key: readFileSync(key), ca: readFileSync(ca) };
  if (!new X509Certificate(files.cert).checkPrivateKey(createPrivateKey(files.key)))
    throw new Error(`${key} is not the key of ${certificate}`);
  createSecureContext(files);
  return files;
}

/** What is served with: the files as they are now, and whatever they become, as soon as it is whole. */
export class MountedCertificates {
  private now: Files;
  private readonly timer: NodeJS.Timeout;

  /** @param changed told what they are from now on @throws Error when the files cannot be used */
  constructor(
    private readonly tls: GovernorConfig['tls'],
    private readonly changed: (files: Files) => void,
  ) {
    this.now = readCertificates(tls);
    this.timer = setInterval(() => this.refresh(), EVERY_MILLISECONDS).unref();
  }

  get files(): Files {
    return this.now;
  }

  /** Reads the files again. Half of a rotation changes nothing. */
  refresh(): void {
    let files: Files;
    try {
      files = readCertificates(this.tls);
    } catch {
      return;
    }
    if ((['cert', 'key', 'ca'] as const).every((name) => files[name].equals(this.now[name]))) return;
    this.now = files;
    this.changed(files);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
