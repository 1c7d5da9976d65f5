import { createHash } from 'node:crypto';
import type { SecretKey } from '../declaration';
import type { Volume, VolumeMount } from '../k8s';

/** A volume and where it is mounted: whole directories, because files mounted one by one are never renewed. */
export interface Mount {
  readonly volume: Volume;
  readonly mount: VolumeMount;
}

/** Where a sidecar, and nobody else in the pod, finds its certificate and its token. */
export const IDENTITY = '/var/run/firepit/identity';
export const TOKEN = { directory: '/var/run/firepit/token', file: 'token' } as const;

/** Readable for the pod's group and nobody else. */
const PRIVATE = 0o440;

const mount = (name: string, mountPath: string, source: Omit<Volume, 'name'>, readOnly = true): Mount => ({
  volume: { name, ...source },
  mount: { name, mountPath, ...(readOnly ? { readOnly } : {}) },
});

export const configMount = (name: string, mountPath: string, configMap: string): Mount =>
  mount(name, mountPath, { configMap: { name: configMap, defaultMode: 0o444 } });

/** @param keys the keys to mount @default - all, also those that are added later */
export const secretMount = (name: string, mountPath: string, secretName: string, keys?: readonly string[]): Mount =>
  mount(name, mountPath, {
    secret: {
      secretName,
      defaultMode: PRIVATE,
      ...(keys === undefined ? {} : { items: keys.map((key) => ({ key, path: key })) }),
    },
  });

/** A token for one audience, renewed by kubelet. */
export const tokenMount = (name: string, mountPath: string, file: string, audience: string): Mount =>
  mount(name, mountPath, {
    projected: {
      defaultMode: PRIVATE,
      sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path: file } }],
    },
  });

/** A place for sockets. */
export const memoryMount = (name: string, mountPath: string): Mount =>
  mount(name, mountPath, { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }, false);

/** One mount for each Secret, with the keys that are used of it. Names of Secrets may be too long for a volume. */
export const secretMounts = (keys: readonly SecretKey[], directory: (secret: string) => string): Mount[] =>
  [...new Set(keys.map(({ secret }) => secret))].sort().map((secret) => {
    const used = new Set(keys.filter((key) => key.secret === secret).map(({ key }) => key));
    const name = `secret-${createHash('sha256').update(secret).digest('hex').slice(0, 10)}`;
    return secretMount(name, directory(secret), secret, [...used].sort());
  });
