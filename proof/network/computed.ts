import { isIPv6 } from 'node:net';
import type { Manifest } from '../../lib/minimum-bar';
import { within } from '../../lib/minimum-bar/cidrs';
import {
  type Allowance,
  covers,
  type Direction,
  includesPort,
  type Reach,
  reachOf,
  readPolicy,
} from '../../lib/minimum-bar/network';
import { type PodTemplate, podTemplatesOf } from '../../lib/minimum-bar/pods';
import { answered, type Cell, type Matrix } from './matrix';
import type { Party, PodPlace } from './party';

type Labels = Readonly<Record<string, string>>;

const hasAll = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/**
 * The pods that a workload of the environment makes for a party.
 * @throws where no workload, or more than one kind of pod, is such a party
 */
export const templateOf = (objects: readonly Manifest[], id: string, at: PodPlace): PodTemplate => {
  const made = objects
    .flatMap(podTemplatesOf)
    .filter((template) => template.namespace === at.namespace && hasAll(template.labels, at.labels));
  const [first] = made;
  if (first === undefined || made.length > 1)
    throw new Error(
      `${id}: ${made.length} workloads make pods of namespace ${at.namespace} with ${JSON.stringify(at.labels)}, expected one; check the labels of its pod template`,
    );
  return first;
};

/** The labels that pods of a party carry: those of the workload that makes them, where one does. */
export const labelsOfParty = (objects: readonly Manifest[], id: string, at: PodPlace): Labels =>
  at.made ? templateOf(objects, id, at).labels : at.labels;

const isAddressIn = (address: string, { peer }: Allowance): boolean => {
  if (peer.kind === 'anyone') return true;
  if (peer.kind === 'pods') return false;
  const host = `${address}/${isIPv6(address) ? 128 : 32}`;
  return within(host, peer.cidr) && !peer.except.some((range) => within(host, range));
};

/** Which side of a connection lets it through. */
export interface Sides {
  /** Whether policies let the sender send. */
  sends(cell: Cell): boolean;
  /** Whether policies let the receiver receive. */
  receives(cell: Cell): boolean;
}

/** What the finished NetworkPolicies let through on each side: the union of every policy that selects the pod. */
export const sidesOf = (objects: readonly Manifest[]): Sides => {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(readPolicy);
  const namespaces = new Map(
    objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => [metadata.name, metadata.labels ?? {}]),
  );
  const namespaceLabels = (namespace: string): Labels => ({
    ...namespaces.get(namespace),
    'kubernetes.io/metadata.name': namespace,
  });
  const places = new Map<Party, { namespace: string; labels: Labels }>();
  const placeOf = (party: Party, at: PodPlace) => {
    const place = places.get(party) ?? {
      namespace: at.namespace,
      labels: labelsOfParty(objects, party.id, at),
    };
    places.set(party, place);
    return place;
  };
  const reaches = { ingress: new Map<Party, Reach>(), egress: new Map<Party, Reach>() };
  const reachFrom = (party: Party, at: PodPlace, direction: Direction): Reach => {
    const reach = reaches[direction].get(party) ?? reachOf(policies, placeOf(party, at), direction);
    reaches[direction].set(party, reach);
    return reach;
  };
  const lets = (direction: Direction, { wire }: Cell, subject: Party, other: Party): boolean => {
    if (subject.at.kind === 'address') return true;
    const reach = reachFrom(subject, subject.at, direction);
    if (reach === 'open') return true;
    const { at } = other;
    return reach.some(
      (allowance) =>
        includesPort(allowance.ports, wire.protocol, wire.port) &&
        (at.kind === 'address'
          ? isAddressIn(at.address, allowance)
          : covers(allowance, placeOf(other, at), namespaceLabels)),
    );
  };
  return {
    sends: (cell) => lets('egress', cell, cell.from, cell.to),
    receives: (cell) => lets('ingress', cell, cell.to, cell.from),
  };
};

/** Who may reach whom by the finished NetworkPolicies: both sides must let a connection through. */
export const computed = (objects: readonly Manifest[], cells: readonly Cell[]): Matrix => {
  const sides = sidesOf(objects);
  return answered(cells, (cell) => sides.sends(cell) && sides.receives(cell));
};
