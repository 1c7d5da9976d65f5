import { z } from 'zod';
import type { DeclarationFinding } from '../errors';
import { checked, dnsLabel, labels, list, made, says } from './_check';
import { at, Findings, items } from './_loose';
import { hostSchema } from './host';
import { isOwnNamespace } from './own-namespaces';
import type { PodPeer } from './platform';

/** The front inside the cluster alone: no route of the platform leads there, and only these pods may connect. */
export interface InClusterExposure {
  readonly kind: 'inCluster';
  /** Who may connect, by namespace and labels. */
  readonly from: readonly Required<PodPeer>[];
}
/** Where agents are asked: a host to which the platform brings people, or the gateway's Service. */
export type Exposure = string | InClusterExposure;

/** Makes {@link Exposure}s that are no host of the platform. */
export const Exposure = {
  /**
   * `https://gateway.<name>-control.svc:8443`, for named pods such as a portal. They show a token of the person for whom
   * they ask, as everybody does at a host.
   * @param props.from pods outside the environment, each by its namespace and at least one label
   */
  inCluster: (props: Omit<InClusterExposure, 'kind'>): InClusterExposure => ({ ...props, kind: 'inCluster' }),
} as const;

const caller = says(
  z.strictObject({
    namespace: dnsLabel,
    pods: checked(labels, (value) => Object.keys(value).length > 0, {
      expected: 'at least one label: without any, every pod of the namespace is let in',
      fix: 'copy a label of the pods that ask agents',
    }),
  }),
  {
    expected: 'the pods that ask agents, by namespace and labels',
    fix: "write { namespace: 'portal', pods: { 'app.kubernetes.io/name': 'portal' } }",
  },
);

export const exposureSchema: z.ZodType<Exposure> = says(
  z.union([
    hostSchema,
    made(
      z.strictObject({
        kind: z.literal('inCluster'),
        from: list(caller, { min: 1, max: 16 }, 'pods that may ask agents'),
      }),
      'an exposure',
      'Exposure.inCluster({ from: [{ namespace, pods }] })',
    ),
  ]) as unknown as z.ZodType<Exposure>,
  {
    expected: 'a DNS name to which the platform brings people, or an exposure in the cluster alone',
    fix: "write 'agents.example.com', or Exposure.inCluster({ from: [{ namespace, pods }] })",
  },
);

/** Namespaces of the cluster itself: among them the name servers, and proxies that bring anybody in. */
const CLUSTER = /^(kube-.*|openshift|openshift-.*|firepit-system)$/;

/** Who may not be let in: the environment's own pods, and the cluster's. */
export function exposureProblems(env: unknown): DeclarationFinding[] {
  const out = new Findings();
  const own = at(env, 'name');
  const proxies = at(env, 'platform', 'ingress', 'proxies', 'namespace');
  items(at(env, 'host', 'from')).forEach((peer, i) => {
    const namespace = at(peer, 'namespace');
    const path = `host.from[${i}].namespace`;
    if (typeof namespace !== 'string') return;
    if (isOwnNamespace(own, namespace))
      out.add(
        path,
        namespace,
        "a namespace outside the environment: at the front an agent would be asked past the caller's own rules",
        'declare the agent that is asked as a tool: Peer.agent(name, { operations })',
      );
    else if (CLUSTER.test(namespace) || namespace === proxies)
      out.add(
        path,
        namespace,
        "a namespace of applications: this one is the cluster's own, and what runs there speaks for everybody",
        'name the pods that ask agents, in the namespace of their team; to be reached from outside, write a host',
      );
  });
  return out.all;
}
