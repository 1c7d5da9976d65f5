import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiServer } from './api-server';
import { until } from './process';

/** Folder with CustomResourceDefinitions, where the machine has one. */
export const CRDS = process.env.FIREPIT_CRDS ?? '';
const KINDS =
  /^ {4}kind: (ImageValidatingPolicy|PolicyException|Certificate|CertificateRequest|Issuer|HTTPRoute|BackendTLSPolicy|Route|PodMonitor|PrometheusRule|ClusterNetworkPolicy|AdminNetworkPolicy)$/m;

/** Custom resources can be applied only where their definitions are. */
export const builtIn = (text: string): boolean =>
  /^apiVersion: (v1|apps\/v1|policy\/v1|networking\.k8s\.io\/v1|rbac\.authorization\.k8s\.io\/v1|admissionregistration\.k8s\.io\/v1)$/m.test(
    text,
  );

/** The definitions of the custom resources that an environment may have. */
export const definitions = (): string[] =>
  CRDS === '' || !existsSync(CRDS)
    ? []
    : readdirSync(CRDS, { recursive: true, encoding: 'utf8' })
        .filter((f) => f.endsWith('.yaml') && !/experimental|v0\.1\.8|crd\.projectcalico/.test(f))
        .map((f) => readFileSync(join(CRDS, f), 'utf8'))
        .filter((text) => KINDS.test(text));

/** A server that knows the custom resources, where their definitions are at hand. */
export async function prepared(services?: string): Promise<ApiServer> {
  const server = await ApiServer.start(services);
  const crds = definitions();
  if (crds.length > 0) {
    const { ok, out } = server.kubectl(['apply', '--server-side', '-f', '-'], crds.join('\n---\n'));
    if (!ok) throw new Error(out);
    await until(
      'the definitions are served',
      () => server.kubectl(['get', 'imagevalidatingpolicies.policies.kyverno.io']).ok,
    );
  } else
    process.stderr.write(
      'FIREPIT_CRDS names no folder with CustomResourceDefinitions: custom resources are not applied\n',
    );
  for (const namespace of ['firepit-system', 'gateway-system']) server.kubectl(['create', 'namespace', namespace]);
  return server;
}
