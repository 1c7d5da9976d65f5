import type { EnvironmentDeclaration } from '../../lib/declaration';
import { isNode, type Party, type Places, partiesOf, placesOf, type Wire, wiresOf } from './party';

/** One question: may `from` reach `to` over this wire? */
export interface Cell {
  readonly from: Party;
  readonly to: Party;
  readonly wire: Wire;
}
/** Answers by {@link keyOf}: true where the connection is possible. */
export type Matrix = ReadonlyMap<string, boolean>;

export const showWire = ({ protocol, port }: Wire): string => `${port}/${protocol}`;
/** How a cell is named in matrices and in differences: `gateway → governor 50051/TCP`. */
export const keyOf = ({ from, to, wire }: Cell): string => `${from.id} → ${to.id} ${showWire(wire)}`;

/** Whether policies of the environment select a party's pods. */
export const governed = ({ at }: Party): boolean => at.kind === 'pod' && at.governed;

/**
 * Whether a connection from here can be asked about. A node and the API server beside it reach their own pods on every
 * cluster, whatever policies say: kubelet must probe. They are targets only.
 */
const mayAsk = (party: Party): boolean => !isNode(party) && !party.id.startsWith('API server');

/**
 * Every question the declaration must have an answer to: both directions of everybody, itself included (a replica).
 * @param onPaper whether look-alikes are asked about too, which no measurement does @default false
 */
export const cellsOf = (
  declaration: EnvironmentDeclaration,
  places: Places = placesOf(declaration),
  onPaper = false,
): Cell[] => {
  const parties = partiesOf(declaration, places, onPaper);
  return parties.flatMap((to) => {
    const wires = wiresOf(declaration, places, to);
    return parties
      .filter((from) => mayAsk(from) && (governed(from) || governed(to)))
      .flatMap((from) => wires.map((wire) => ({ from, to, wire })));
  });
};

/** A matrix from a rule. */
export const answered = (cells: readonly Cell[], may: (cell: Cell) => boolean): Matrix =>
  new Map(cells.map((cell) => [keyOf(cell), may(cell)]));

/** A witness: a way by which the matrix was found, and what it found. */
export interface Witness {
  readonly name: string;
  readonly matrix: Matrix;
}

const say = (answer: boolean | undefined): string => (answer === undefined ? 'unanswered' : answer ? 'open' : 'closed');

/** One line for each cell in which two witnesses differ, or that one of them did not answer. */
export const differences = (one: Witness, other: Witness): string[] =>
  [...new Set([...one.matrix.keys(), ...other.matrix.keys()])].flatMap((key) => {
    const [a, b] = [one.matrix.get(key), other.matrix.get(key)];
    return a === b ? [] : [`${key}: ${one.name} ${say(a)}, ${other.name} ${say(b)}`];
  });
