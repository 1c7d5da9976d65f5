import { FALCO_PODS, KYVERNO_WEBHOOKS, SYSTEM_NAMESPACE } from '../../lib/names';
import type { Requests } from '../requests';
import type { Loose } from '../subject';
import { atLeast, bad, type Finding, good, minorOf, type Question, unknown } from './finding';

const list = async (requests: Requests, resource: string, labels: string): Promise<Loose[] | string> => {
  const { ok, body, message } = await requests.api.get(
    `/apis/apps/v1/${resource}?labelSelector=${encodeURIComponent(labels)}`,
  );
  return ok ? body.items : message;
};

/** By the tag of its image: charts write their own version into the label. */
const versionOf = ({ spec }: Loose): string =>
  /:v?(\d+\.\d+[^@]*)/.exec(spec.template.spec.containers[0].image)?.[1] ?? 'of unknown version';

/** A program with this label runs, and is ready. */
async function runs(
  requests: Requests,
  id: string,
  resource: 'deployments' | 'daemonsets',
  labels: string,
  install: string,
  more: (found: Loose) => Finding | undefined = () => undefined,
): Promise<Finding> {
  const found = await list(requests, resource, labels);
  if (typeof found === 'string') return unknown(id, `not asked: ${found}`, 'ask as somebody who may list workloads');
  const [first] = found;
  if (first === undefined) return bad(id, `no ${resource.slice(0, -1)} with ${labels}`, install);
  const where = `${first.metadata.namespace}/${first.metadata.name} ${versionOf(first)}`;
  const ready = resource === 'deployments' ? first.status?.availableReplicas : first.status?.numberReady;
  if (!(ready > 0))
    return bad(
      id,
      `${where} is not ready`,
      `see why: kubectl describe ${resource.slice(0, -1)} -n ${first.metadata.namespace} ${first.metadata.name}`,
    );
  return more(first) ?? good(id, where);
}

/** Kyverno verifies signatures; without it agent pods are refused. */
export const kyverno: Question = async ({ requests }) => {
  const program = await runs(
    requests,
    'kyverno',
    'deployments',
    'app.kubernetes.io/part-of=kyverno,app.kubernetes.io/component=admission-controller',
    'install Kyverno 1.19 or newer: until it runs, agent pods are refused',
    // Where the tag tells no version, the kinds that are served do (api-server.ts).
    (found) =>
      minorOf(versionOf(found)) === undefined || atLeast(versionOf(found), 1, 19)
        ? undefined
        : bad('kyverno', `version ${versionOf(found)}`, 'upgrade to 1.19 or newer, with policies.kyverno.io/v1'),
  );
  const { ok, status, message, body } = await requests.api.get(
    `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${KYVERNO_WEBHOOKS}`,
  );
  const open = (body?.webhooks ?? []).filter(
    ({ name, failurePolicy }: Loose) => name.startsWith('ivpol.validate') && failurePolicy !== 'Fail',
  );
  if (!ok)
    return [
      program,
      status === 404
        ? bad('kyverno-webhooks', `${KYVERNO_WEBHOOKS} is not there`, 'start Kyverno: it registers its webhooks itself')
        : unknown('kyverno-webhooks', message, 'ask as somebody who may read webhook configurations'),
    ];
  return [
    program,
    open.length > 0
      ? bad(
          'kyverno-webhooks',
          `${open.length} signature webhooks fail open`,
          'set failurePolicy: Fail, and find out who changed it',
        )
      : good('kyverno-webhooks', `${KYVERNO_WEBHOOKS} is there`),
  ];
};

/** cert-manager issues every certificate inside an environment; admission knows it by its namespace. */
export const certManager: Question = async ({ requests }) => [
  await runs(
    requests,
    'cert-manager',
    'deployments',
    'app.kubernetes.io/name=cert-manager,app.kubernetes.io/component=controller',
    'install cert-manager in the namespace cert-manager',
    ({ metadata }) =>
      metadata.namespace === 'cert-manager'
        ? undefined
        : bad(
            'cert-manager',
            `it runs in ${metadata.namespace}`,
            'run it in the namespace cert-manager: admission knows it by that',
          ),
  ),
];

/** Falco watches agents, and reads its rules from a namespace of its own. */
export const falco: Question = async ({ requests }) => {
  const labels = Object.entries(FALCO_PODS)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { ok } = await requests.read({ apiVersion: 'v1', kind: 'Namespace', name: SYSTEM_NAMESPACE });
  return [
    await runs(
      requests,
      'falco',
      'daemonsets',
      labels,
      `install Falco in ${SYSTEM_NAMESPACE}: without it nobody sees what agents do`,
    ),
    ok
      ? good('system-namespace', `${SYSTEM_NAMESPACE} is there`)
      : bad(
          'system-namespace',
          `${SYSTEM_NAMESPACE} is not there`,
          `create it: kubectl create namespace ${SYSTEM_NAMESPACE}`,
        ),
  ];
};
