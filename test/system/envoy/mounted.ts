import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Pki } from './pki';
import { mountFiles } from './run';

/** Mounts whatever the configuration names: certificates for the name it shows, and credentials. */
export function mountAll(directory: string, config: Readonly<Record<string, string>>, pki: Pki): void {
  const text = Object.values(config).join();
  const leaf = pki.leaf(/gateway\.[a-z0-9-]+-control\.svc/.exec(text)?.[0] ?? 'gateway');
  const content = { 'tls.crt': leaf.cert, 'tls.key': leaf.key, 'ca.crt': leaf.ca } as Record<string, string>;
  const paths = new Set(
    [...text.matchAll(/\/var\/run\/firepit\/[\w./-]+?(?=")/g)].map(([path]) => path.replace('/..data', '')),
  );
  const files = new Map<string, Record<string, string>>();
  for (const path of paths) {
    const name = basename(path);
    if (![...paths].some((other) => other.startsWith(`${path}/`)))
      files.set(dirname(path), { ...files.get(dirname(path)), [name]: content[name] ?? 'credential' });
  }
  for (const [folder, all] of files) mountFiles(directory, folder, all);
  writeFileSync(join(directory, 'system-ca.crt'), pki.ca);
}
