import { PORT } from '../../lib/names';
import type { Loose } from '../subject';
import type { Keys } from './certificates';
import { DATABASE, neighbour, neighboursOf, PORTS } from './twin';

/** Images that a twin needs beside its own. */
export interface Images {
  /** Of the probe program: it takes `ask` and `tool`. */
  readonly calls: string;
  /** Of PostgreSQL, told as Docker's official image is. */
  readonly database: string;
}

/** User and group of the database: what Docker's official images call postgres. */
const UID = 70;
const hardened = (uid: number): Loose => ({
  securityContext: {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 0,
});
const container = (name: string, image: string, rest: Loose): Loose => ({
  name,
  image,
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  ...rest,
});
const from = (secretName: string, more: Loose = {}): Loose => ({
  name: 'secret',
  secret: { secretName, defaultMode: 0o440, ...more },
});

/** A pod of somebody outside the twin who asks its front. @param args of the probe program */
export const asker = (twin: string, images: Images, args: readonly string[]): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'people', namespace: neighboursOf(twin), labels: neighbour('people') },
  spec: {
    ...hardened(65_532),
    restartPolicy: 'Never',
    containers: [container('people', images.calls, { args })],
  },
});

/** Lets the pods of {@link asker} in where the platform lets people in: nobody but the platform's proxies may. */
export const askersMayCome = (twin: string, control: string, gateway: Loose): Loose => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'people-of-the-proof', namespace: control },
  spec: {
    podSelector: gateway,
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': neighboursOf(twin) } },
            podSelector: { matchLabels: neighbour('people') },
          },
        ],
        ports: [{ protocol: 'TCP', port: PORT.https }],
      },
    ],
  },
});

/** What a twin leans on: an upstream that answers as every model, tool and identity provider, and an empty database. */
export const neighbours = (
  twin: string,
  images: Images,
  secrets: { readonly upstream: Keys; readonly database: Keys; readonly password: string },
  /** What the upstream answers at these paths, and under which other names. */
  { documents, services }: { readonly documents: ReadonlyMap<string, string>; readonly services: readonly string[] },
): Loose[] => {
  const namespace = neighboursOf(twin);
  const service = (name: string, of: 'upstream' | 'database'): Loose => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: neighbour(of), ports: [{ port: PORTS[of] }] },
  });
  const of = (name: 'upstream' | 'database', data: Loose, spec: Loose): Loose[] => [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: data },
    service(name, name),
    { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: neighbour(name) }, spec },
  ];
  const { upstream, database, password } = secrets;
  const settings = [
    'ssl=on',
    'ssl_cert_file=/etc/postgres/tls.crt',
    'ssl_key_file=/etc/postgres/tls.key',
    'unix_socket_directories=/data',
  ];
  const written = [...documents].map(([path, text], i) => ({ key: `document-${i}`, path, text }));
  const env = { PGDATA: '/data/pg', POSTGRES_USER: DATABASE, POSTGRES_DB: DATABASE };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...services.map((name) => service(name, 'upstream')),
    ...of(
      'upstream',
      { ...upstream, ...Object.fromEntries(written.map(({ key, text }) => [key, text])) },
      {
        ...hardened(65_532),
        containers: [
          container('upstream', images.calls, {
            args: ['tool'],
            volumeMounts: [{ name: 'secret', mountPath: '/etc/stand-in', readOnly: true }],
          }),
        ],
        volumes: [
          from('upstream', {
            items: [
              ...Object.keys(upstream).map((key) => ({ key, path: key })),
              ...written.map(({ key, path }) => ({ key, path: `documents/${path}` })),
            ],
          }),
        ],
      },
    ),
    ...of(
      'database',
      { ...database, password },
      {
        ...hardened(UID),
        containers: [
          container('database', images.database, {
            args: settings.flatMap((setting) => ['-c', setting]),
            env: [
              ...Object.entries(env).map(([name, value]) => ({ name, value })),
              { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: 'database', key: 'password' } } },
            ],
            volumeMounts: [
              { name: 'secret', mountPath: '/etc/postgres', readOnly: true },
              { name: 'data', mountPath: '/data' },
            ],
          }),
        ],
        volumes: [from('database'), { name: 'data', emptyDir: {} }],
      },
    ),
  ];
};
