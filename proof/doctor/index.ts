import { KINDS } from '../../lib/k8s';
import type { Manifest } from '../../lib/synth/object';
import { ownLabels } from '../copy';
import type { Requests } from '../requests';
import { abandoned, remove } from '../sweep';
import { clock, kinds, permissions, version } from './api-server';
import type { Examination, Finding, Kind, Question } from './finding';
import { networkPolicy } from './network';
import { features, podSecurity } from './pods';
import { certManager, falco, kyverno } from './programs';
import { runtimeClasses } from './runtime-classes';

export type { Finding } from './finding';

const QUESTIONS: readonly Question[] = [
  version,
  clock,
  kinds,
  permissions,
  features,
  podSecurity,
  runtimeClasses,
  kyverno,
  certManager,
  falco,
  networkPolicy,
];

/** Kinds of an environment on Kubernetes with everything there is. */
const OPENSHIFT = ['AdminNetworkPolicy', 'Route'];
const EVERY: readonly Kind[] = Object.entries(KINDS)
  .filter(([kind]) => !OPENSHIFT.includes(kind))
  .map(([kind, { apiVersion }]) => ({ apiVersion, kind }));

const kindsOf = (objects: readonly Manifest[]): Kind[] => [
  ...new Map(objects.map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }])).values(),
];

/** A namespace of our own, for what can only be asked in one. @returns why there is none */
async function ownNamespace(requests: Requests, name: string): Promise<string | undefined> {
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const { ok, message } = await requests.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...ownLabels(name), ...restricted } },
  });
  return ok ? undefined : message;
}

interface Props {
  readonly declaration?: Examination['declaration'];
  /** Finished objects of the environment. @default - every kind that one on Kubernetes may have */
  readonly objects?: readonly Manifest[];
  readonly probeImage?: string;
}

/** What an environment needs of a cluster, each asked of the cluster itself; leaves nothing. */
export async function examine(requests: Requests, { declaration, objects, probeImage }: Props): Promise<Finding[]> {
  for (const left of await abandoned(requests)) await remove(requests, left);
  const name = `firepit-doctor-${Math.random().toString(36).slice(2, 8)}`;
  const noNamespace = await ownNamespace(requests, name);
  const examination: Examination = {
    requests,
    kinds: objects === undefined ? EVERY : kindsOf(objects),
    ...(declaration === undefined ? {} : { declaration }),
    ...(noNamespace === undefined ? { namespace: name } : { noNamespace }),
    ...(probeImage === undefined ? {} : { probeImage }),
  };
  try {
    const findings: Finding[] = [];
    for (const question of QUESTIONS) findings.push(...(await question(examination)));
    return findings;
  } finally {
    if (noNamespace === undefined) await remove(requests, name);
  }
}
