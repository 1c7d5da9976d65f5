import { FALCO_PORT } from '../../foundation/falco-config';
import { FALCO_PODS, LABEL, namesOf, PORT, SYSTEM_NAMESPACE } from '../../names';
import { platformOf } from '../../platform';
import { type Intent, intended } from '../intent';
import { type Direction, opened } from '../network';
import type { Problem } from '../types';
import type { FoundationView } from './view';

const tcp = (port: number): Intent['ports'] => [{ protocol: 'TCP', port }];
const ranges = (what: string, cidrs: readonly string[], port: number): Intent => ({
  what,
  to: { kind: 'ranges', cidrs },
  ports: tcp(port),
});

/** Whom Falco talks to, and who asks it, by the declaration alone. */
const wanted = ({ declaration, environments }: FoundationView): Readonly<Record<Direction, readonly Intent[]>> => {
  const { platform, falco } = declaration;
  const { dns } = platformOf(platform);
  const { apiServer, monitoring } = platform;
  const pods = (namespace: string, labels: Readonly<Record<string, string>> = {}) =>
    ({ kind: 'pods', namespace, labels }) as const;
  return {
    ingress: [{ what: 'monitoring', to: pods(monitoring.namespace, monitoring.pods), ports: tcp(FALCO_PORT) }],
    egress: [
      {
        what: 'name servers',
        to: pods(dns.namespace, dns.pods),
        ports: [{ protocol: 'UDP', port: dns.port }, ...tcp(dns.port)],
      },
      ...environments.map((name) => ({
        what: `the warden of ${name}`,
        to: pods(namesOf(name).control, { [LABEL.component]: 'warden' }),
        ports: tcp(PORT.https),
      })),
      ...(falco.kind === 'operator'
        ? [ranges('the API server', apiServer.cidrs, apiServer.port), ranges('its registry', falco.registry, 443)]
        : []),
    ],
  };
};

/** Connections of Falco's pods, whoever makes them, that the declaration does not want. */
export const networkProblems = (view: FoundationView): Problem[] =>
  (['ingress', 'egress'] as const).flatMap((direction): Problem[] => {
    const reach = view.reach({ namespace: SYSTEM_NAMESPACE, labels: FALCO_PODS }, direction);
    if (reach === 'open')
      return [
        {
          object: `Namespace ${SYSTEM_NAMESPACE}`,
          path: '',
          problem: `no NetworkPolicy isolates Falco's ${direction}`,
        },
      ];
    return reach
      .filter((allowance) => !intended(allowance, wanted(view)[direction]))
      .map((allowance) => opened(allowance, `${direction} of Falco`));
  });
