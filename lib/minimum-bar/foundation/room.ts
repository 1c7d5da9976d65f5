import type { Difference } from '../difference';

/** How many times the declared room somebody may give by hand: more asks for what no node has. */
const MOST = 8;
const PLACE = /\.resources\.(limits|requests)(\.|\[')(cpu|memory|ephemeral-storage)('\])?$/;
const UNITS: Readonly<Record<string, number>> = { m: 1e-3, '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** A quantity of Kubernetes as a number, as far as anybody writes it of a container. */
const amount = (quantity: unknown): number => {
  const [, number, unit = ''] = /^(\d+)(m|Ki|Mi|Gi)?$/.exec(String(quantity)) ?? [];
  return Number(number ?? Number.NaN) * (UNITS[unit] ?? Number.NaN);
};

/** Whether a difference is more room for a container, up to eight times what was declared; less room is none. */
export const roomier = ({ path, found, wanted }: Difference): boolean => {
  const [given, asked] = [amount(found), amount(wanted)];
  return PLACE.test(path) && given >= asked && given <= MOST * asked;
};
