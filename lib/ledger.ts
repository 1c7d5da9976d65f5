import { Construct } from 'constructs';
import { CONTRACT_VERSION, type LedgerConfig, ledgerConfig } from '../contract';
import type { Context } from './context';
import {
  frontOf,
  immutableConfig,
  ownTls,
  type ServiceProps,
  secretFiles,
  servicePod,
  stateAccess,
  telemetryAccess,
} from './control-plane';
import { podTemplate, selectorOf } from './isolation/workload';
import { KubeObject } from './k8s';
import { PORT } from './names';

/** Secret with the key that signs checkpoints: the user creates it, and keeps the public half elsewhere. */
export const LEDGER_KEY = { secret: 'ledger-signing-key', key: 'ed25519.pem' } as const;
const KEY_PATH = '/etc/firepit/signing';
/** Where the log is, in the ledger's pod. */
export const LEDGER_DATA = '/var/lib/firepit/ledger';

export const ledgerConfigOf = (context: Context): LedgerConfig => {
  const { names } = context;
  return ledgerConfig.parse({
    version: CONTRACT_VERSION,
    environment: names.environment,
    listen: { back: PORT.back, health: PORT.health, metrics: PORT.metrics },
    tls: ownTls,
    origin: `firepit.dev/${names.environment}`,
    signingKey: `${KEY_PATH}/${LEDGER_KEY.key}`,
    directory: LEDGER_DATA,
    checkpointSeconds: 1,
    writers: [names.service('governor'), names.service('approvals'), names.service('warden')],
    readers: [names.service('approvals')],
    state: stateAccess(context).config,
    telemetry: telemetryAccess(context, 'ledger').config,
  });
};

/** The tamper-evident log: one replica on a volume of its own, which outlives the pod and the StatefulSet. */
export class Ledger extends Construct {
  constructor(scope: Construct, id: string, context: Context) {
    super(scope, id);
    const namespace = context.names.control;
    const purpose = 'the log that nobody can edit unseen';
    const props: ServiceProps = {
      component: 'ledger',
      purpose,
      replicas: 1,
      config: { 'ledger.json': `${JSON.stringify(ledgerConfigOf(context), null, 2)}\n` },
      ports: { back: PORT.back },
      files: [
        secretFiles('signing', LEDGER_KEY.secret, KEY_PATH, [LEDGER_KEY.key]),
        ...stateAccess(context).files,
        ...telemetryAccess(context, 'ledger').files,
      ],
      memory: '256Mi',
    };
    immutableConfig(this, context, 'ledger', namespace, props.config);
    frontOf(this, context, 'ledger', purpose, props.ports);
    const { labels, pod } = servicePod(context, props);
    new KubeObject(this, 'Default', 'StatefulSet', {
      metadata: context.metadata('ledger', { namespace, purpose, usesProductImages: true, labels: { ...labels } }),
      spec: {
        ...volumeOf('ledger', '10Gi'),
        selector: { matchLabels: selectorOf(labels) },
        template: podTemplate(context, labels, withData(pod, LEDGER_DATA)),
      },
    });
  }
}

/** What the StatefulSets share: one replica, a volume that is kept. */
export const volumeOf = (serviceName: string, size: string) => ({
  serviceName,
  replicas: 1,
  podManagementPolicy: 'OrderedReady',
  persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOncePod'], resources: { requests: { storage: size } } },
    },
  ] as never,
});

/** A pod whose first container has the claimed volume. */
export const withData = (pod: ReturnType<typeof servicePod>['pod'], path: string): typeof pod => ({
  ...pod,
  containers: pod.containers.map((c, i) =>
    i === 0 ? { ...c, volumeMounts: [...(c.volumeMounts ?? []), { name: 'data', mountPath: path }] } : c,
  ),
});
