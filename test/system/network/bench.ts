import type { Cluster } from '../../../cluster';
import { ADDRESSES } from '../../../cluster/addresses';
import { standInImage } from '../../../cluster/images';
import { ownProgram } from '../../../cluster/own-program';
import { Registry } from '../../../cluster/registry';
import { type EnvironmentDeclaration, Exposure } from '../../../lib';
import type { FromAddresses } from '../../../proof/network/measure';
import { type Places, placesOf } from '../../../proof/network/party';
import { relocated } from '../../../proof/network/relocated';
import { changed, type Draft, desk } from '../../support/desk';

/**
 * The support desk with two agents, under a name of its own, with the facts of the bench's cluster. A portal asks the
 * agents from inside the cluster, so that the ingress reaches the approvals page alone.
 */
export const declarationOf = (name: string): EnvironmentDeclaration =>
  relocated(
    changed((draft: Draft) => {
      draft.agents.clerk = structuredClone(draft.agents.triage);
      draft.host = Exposure.inCluster({ from: [{ namespace: 'portal', pods: { app: 'portal' } }] });
      draft.platform.apiServer = {
        cidrs: [`${ADDRESSES.node.v4}/32`, `${ADDRESSES.node.v6}/128`],
        port: ADDRESSES.apiServer.port,
      };
      draft.platform.nodes = draft.platform.apiServer.cidrs;
      draft.platform.pods = [ADDRESSES.pods.v4, ADDRESSES.pods.v6];
      draft.platform.services = [ADDRESSES.services.v4, ADDRESSES.services.v6];
    }, desk()),
    name,
  );

/** Addresses that lead nowhere by themselves: a host keeps them to itself, or to its link. */
const UNROUTED = /^(0\.|127\.|224\.|240\.|::1$|fe80:|ff02:)/;

/** What exists on the bench: its outside answers at every address that is routed at all. */
export const placesOn = (declaration: EnvironmentDeclaration): Places => {
  const places = placesOf(declaration);
  return {
    ...places,
    node: [ADDRESSES.node.v4, ADDRESSES.node.v6],
    never: places.never.filter((address) => !UNROUTED.test(address)),
  };
};

/** The probe's image in the cluster's registry. */
export const probeImage = async (cluster: Cluster): Promise<string> =>
  (await Registry.of(cluster)).push('bench/probe', standInImage());

/** One line for each address, a few at a time: an engine drops what comes faster than it reads. */
const EACH = 'xargs -P 6 -L 1 sh -c \'SOURCE_ADDRESS=$1; export SOURCE_ADDRESS; shift; exec "$0" dial "$@"\' "$1"';

/** Connects from addresses of the outside. */
export const fromOutside =
  (cluster: Cluster): FromAddresses =>
  (asked) => {
    // Without it no IPv6 address can be connected from that no interface has.
    const run = `echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind; ${EACH}`;
    const lines = [...asked].map(([address, targets]) => [address, ...targets].join(' '));
    const { ok, out } = cluster.within(
      'ip',
      ['netns', 'exec', 'outside', 'sh', '-c', run, 'sh', ownProgram('stand-in')],
      `${lines.join('\n')}\n`,
    );
    if (!ok) throw new Error(`connecting from the outside: ${out}`);
    const found = new Map<string, Set<string>>([...asked.keys()].map((address) => [address, new Set()]));
    for (const line of out.trim().split('\n')) {
      const { source, target, open } = JSON.parse(line) as { source: string; target: string; open: boolean };
      if (open) found.get(source)?.add(target);
    }
    return found;
  };
