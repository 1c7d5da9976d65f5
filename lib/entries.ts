import type { EnvironmentDeclaration, PodPeer } from './declaration';
import { namesOf, PORT } from './names';
import { type Exposed, type PlatformAdapter, platformOf } from './platform';

/** Where people come in: the front of the gateway, the page of approvals. */
export interface Entry extends Exposed {
  /** What a caller writes before the path. */
  readonly url: string;
  /** Whether the platform brings people here from outside the cluster. */
  readonly outside: boolean;
  /** Pods that may connect: the platform's proxies, or those that were declared. */
  readonly from: readonly PodPeer[];
  /** What callers verify. */
  readonly certificate: {
    readonly dnsNames: readonly string[];
    readonly issuer: ReturnType<PlatformAdapter['frontIssuer']>;
  };
}

/** The entries of an environment. Approvals are always outside: people decide in a browser. */
export const entriesOf = (declaration: EnvironmentDeclaration): readonly [front: Entry, approvals: Entry] => {
  const platform = platformOf(declaration.platform);
  const names = namesOf(declaration.name);
  const outside = (name: 'gateway' | 'approvals', host: string): Entry => {
    const exposed = { name, host, port: PORT.https };
    return {
      ...exposed,
      url: `https://${host}`,
      outside: true,
      from: [platform.ingress],
      certificate: {
        dnsNames: platform.frontNames(exposed, names.service(name)),
        issuer: platform.frontIssuer(),
      },
    };
  };
  const inside = (from: readonly PodPeer[]): Entry => {
    const host = names.service('gateway');
    return {
      name: 'gateway',
      host,
      port: PORT.https,
      url: `https://${host}:${PORT.https}`,
      outside: false,
      from,
      certificate: { dnsNames: [host], issuer: { kind: 'Issuer', name: 'ca' } },
    };
  };
  const { host, approvals } = declaration;
  return [
    typeof host === 'string' ? outside('gateway', host) : inside(host.from),
    outside('approvals', approvals.host),
  ];
};
