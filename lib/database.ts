import { Construct } from 'constructs';
import type { Context } from './context';
import { frontOf, immutableConfig, PATHS, secretFiles } from './control-plane';
import { componentLabels, container, hardenedPod } from './isolation/pod';
import { podTemplate, selectorOf } from './isolation/workload';
import { KubeObject } from './k8s';
import { volumeOf, withData } from './ledger';
import { digestName, PORT, UID } from './names';

const DATA = '/var/lib/firepit/postgres';

/** Clients are known by their certificates: no password exists. */
const files = (context: Context): Readonly<Record<string, string>> => ({
  'postgresql.conf': [
    "listen_addresses = '*'",
    `port = ${PORT.postgres}`,
    'fsync = on',
    'synchronous_commit = on',
    'ssl = on',
    `ssl_cert_file = '${PATHS.tls}/tls.crt'`,
    `ssl_key_file = '${PATHS.tls}/tls.key'`,
    `ssl_ca_file = '${PATHS.tls}/ca.crt'`,
    `hba_file = '${PATHS.config}/pg_hba.conf'`,
    `ident_file = '${PATHS.config}/pg_ident.conf'`,
    "unix_socket_directories = '/tmp'",
    '',
  ].join('\n'),
  'pg_hba.conf': ['hostssl firepit firepit all cert map=parts', 'local all all peer', ''].join('\n'),
  'pg_ident.conf': [
    ...(['governor', 'approvals', 'warden', 'ledger'] as const).map(
      (part) => `parts ${context.names.service(part)} firepit`,
    ),
    '',
  ].join('\n'),
});

/** One PostgreSQL pod, for environments whose agents only read (State.bundled). */
export class BundledDatabase extends Construct {
  constructor(scope: Construct, id: string, context: Context, size: string) {
    super(scope, id);
    const namespace = context.names.control;
    const purpose = 'keeps decisions, runs and approvals of an environment that only reads';
    const data = files(context);
    const labels = componentLabels(context, 'postgres');
    const tls = secretFiles('tls', 'postgres-tls', PATHS.tls);
    immutableConfig(this, context, 'postgres', namespace, data);
    frontOf(this, context, 'postgres', purpose, { postgres: PORT.postgres });
    const ready = {
      exec: { command: ['pg_isready', '--host=/tmp', '--username=firepit'] },
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 3,
    };
    const pod = hardenedPod(context, {
      serviceAccount: 'postgres',
      group: UID.postgres,
      containers: [
        container(context, {
          name: 'postgres',
          image: context.declaration.images.images.postgres,
          uid: UID.postgres,
          args: [`--config-file=${PATHS.config}/postgresql.conf`, `--data=${DATA}`],
          ports: { postgres: PORT.postgres },
          mounts: [
            { name: 'config', mountPath: PATHS.config, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
            tls.mount,
          ],
          cpu: '500m',
          memory: '512Mi',
          startup: { ...ready, failureThreshold: 60 },
          readiness: ready,
          liveness: { ...ready, periodSeconds: 20 },
        }),
      ],
      volumes: [
        { name: 'config', configMap: { name: digestName('postgres', data), defaultMode: 0o440 } },
        { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
        tls.volume,
      ],
      terminationGracePeriodSeconds: 60,
    });
    new KubeObject(this, 'Default', 'StatefulSet', {
      metadata: context.metadata('postgres', { namespace, purpose, usesProductImages: true, labels: { ...labels } }),
      spec: {
        ...volumeOf('postgres', size),
        selector: { matchLabels: selectorOf(labels) },
        template: podTemplate(context, labels, withData(pod, DATA)),
      },
    });
  }
}
