import type { Requests } from './requests';

/**
 * A ClusterIP that is free, for the gateway of a copy on platforms that reserve one: the declared one is taken by the
 * environment itself. A dry run of a Service says which address it would get.
 */
export async function freeAddress(requests: Requests): Promise<string | undefined> {
  if (!(await requests.serves('v1', 'Service'))) return undefined;
  const { body } = await requests.attempt({
    attempt: {
      verb: 'create',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'firepit-proof', namespace: 'default' },
        spec: { ports: [{ port: 443 }] },
      },
    },
  });
  const address = body?.spec?.clusterIP;
  return typeof address === 'string' && address !== 'None' ? address : undefined;
}
