import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster } from './cluster';
import { STAND_IN } from './images';

/** The parts of a cert-manager Certificate that matter here. */
interface Certificate {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number };
  readonly spec: {
    readonly secretName: string;
    readonly isCA?: boolean;
    readonly commonName?: string;
    readonly dnsNames?: readonly string[];
    readonly usages?: readonly string[];
    readonly issuerRef: { readonly kind?: string; readonly name: string };
  };
}
interface Issuer {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly selfSigned?: object; readonly ca?: { readonly secretName: string } };
}
type Keys = Readonly<Record<'tls.crt' | 'tls.key' | 'ca.crt', string>>;

const USAGES: Readonly<Record<string, string>> = { 'server auth': 'serverAuth', 'client auth': 'clientAuth' };
const SHORT = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** A key and its certificate: signed by itself, or by an authority. */
function certified({ spec }: Certificate, authority?: Keys): Keys {
  const work = mkdtempSync(join(tmpdir(), 'firepit-certificate-'));
  try {
    const extensions = spec.isCA
      ? ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']
      : [
          'basicConstraints=critical,CA:FALSE',
          `extendedKeyUsage=${(spec.usages ?? []).flatMap((usage) => USAGES[usage] ?? []).join(',')}`,
          `subjectAltName=${(spec.dnsNames ?? []).map((name) => `DNS:${name}`).join(',')}`,
        ];
    const by: string[] = [];
    if (authority !== undefined) {
      writeFileSync(join(work, 'ca.crt'), authority['tls.crt']);
      writeFileSync(join(work, 'ca.key'), authority['tls.key'], { mode: 0o600 });
      by.push('-CA', 'ca.crt', '-CAkey', 'ca.key');
    }
    const subject = `/CN=${(spec.commonName ?? spec.dnsNames?.[0] ?? 'stand-in').slice(0, 64)}`;
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', ...SHORT, '-keyout', 'tls.key', '-out', 'tls.crt', '-subj', subject, ...by],
        ...extensions.flatMap((extension) => ['-addext', extension]),
      ],
      { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const read = (file: string): string => readFileSync(join(work, file), 'utf8');
    return {
      'tls.crt': read('tls.crt'),
      'tls.key': read('tls.key'),
      'ca.crt': authority?.['tls.crt'] ?? read('tls.crt'),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const keysIn = (cluster: Cluster, namespace: string, secret: string): Keys | undefined => {
  const { ok, stdout } = cluster.kubectl(['get', 'secret', secret, '-n', namespace, '-o', 'json']);
  if (!ok) return undefined;
  const data = Object.entries(JSON.parse(stdout).data as Record<string, string>);
  return Object.fromEntries(data.map(([k, v]) => [k, Buffer.from(v, 'base64').toString()])) as unknown as Keys;
};

/**
 * A stand-in for cert-manager's controllers: issues once what every Certificate of a namespace asks for, by the Issuer
 * it names, and says so in its status. It renews nothing, and it marks what it makes.
 */
export function issueCertificates(cluster: Cluster, namespace: string): readonly string[] {
  const issuers: Issuer[] = cluster.get('issuers.cert-manager.io', '-n', namespace).items;
  const certificates: Certificate[] = cluster.get('certificates.cert-manager.io', '-n', namespace).items;
  const issued: string[] = [];
  // Authorities first: they sign the rest.
  for (const certificate of [...certificates].sort(
    (a, b) => Number(b.spec.isCA ?? false) - Number(a.spec.isCA ?? false),
  )) {
    const { metadata, spec } = certificate;
    if (keysIn(cluster, namespace, spec.secretName) !== undefined) continue;
    const issuer = issuers.find((i) => i.metadata.name === spec.issuerRef.name);
    const authority = issuer?.spec.ca === undefined ? undefined : keysIn(cluster, namespace, issuer.spec.ca.secretName);
    if (issuer === undefined || (issuer.spec.selfSigned === undefined && authority === undefined))
      throw new Error(
        `certificate ${metadata.name} names the issuer ${spec.issuerRef.name}, which cannot sign; expected an Issuer of ${namespace} that signs itself or has its authority in a Secret`,
      );
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: spec.secretName, namespace, labels: STAND_IN },
      type: 'kubernetes.io/tls',
      stringData: certified(certificate, authority),
    };
    const applied = cluster.apply(stringify(secret));
    if (!applied.ok) throw new Error(`the Secret of certificate ${metadata.name} was refused: ${applied.out.trim()}`);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'StandIn',
      message: 'issued by a stand-in',
      lastTransitionTime: now,
    };
    cluster.kubectl([
      ...['patch', 'certificate', metadata.name, '-n', namespace, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status: { conditions: [{ ...ready, observedGeneration: metadata.generation }] } })],
    ]);
    issued.push(metadata.name);
  }
  return issued;
}
