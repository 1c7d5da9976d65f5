import type { Manifest } from '../../lib/minimum-bar';
import { labelsOfParty } from './computed';
import type { Party, PodPlace } from './party';

/** A party of a measurement, as a pod. */
export interface ProbePod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Arguments of the probe program. */
  readonly args: readonly string[];
}

/** What runs in a probe pod: the stand-in program, or any image that takes its `listen`, `watch` and `hold`. */
export const podManifest = ({ name, namespace, labels, args }: ProbePod, image: string): Manifest =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      // A held connection that died is over: what it said last counts.
      restartPolicy: args[0] === 'hold' ? 'Never' : 'Always',
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
        // It listens on 53 and 443 as well.
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      containers: [
        {
          name: 'probe',
          image,
          args: [...args],
          resources: { requests: { cpu: '1m', memory: '16Mi' }, limits: { memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  }) as unknown as Manifest;

/** A probe pod that carries exactly the labels a party's pods carry: labels are all that policies know of a pod. */
export const podOf = (
  name: string,
  objects: readonly Manifest[],
  party: Party & { readonly at: PodPlace },
  args: readonly string[],
): ProbePod => ({ name, namespace: party.at.namespace, labels: labelsOfParty(objects, party.id, party.at), args });
