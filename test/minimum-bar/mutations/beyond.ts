import type { EnvironmentDeclaration } from '../../../lib';
import { isControl } from './fold';
import type { Mutation } from './mutator';

const PARTS = ['gateway', 'governor', 'approvals', 'warden', 'ledger', 'postgres'];

/**
 * Where a mutation is done and what it does, whatever the environment, its agents and its models are called; what stood
 * there counts in a control alone. Virtual hosts keep their numbers: each is a door of its own.
 */
const shapeIn = ({ name, agents, models }: EnvironmentDeclaration): ((mutation: Mutation) => string) => {
  const own = [...Object.keys(agents), ...Object.keys(models), ...PARTS].join('|');
  const parts = new RegExp(`\\b(${own.toLowerCase().replaceAll('_', '-')})\\b`, 'g');
  const plain = (text: string): string =>
    text
      .replaceAll(name, 'E')
      .replace(/-[0-9a-f]{10}\b|sha256:[0-9a-f]+/g, '')
      .replace(parts, 'part');
  return ({ kind, object, path, op, from, to }) => {
    const place = path.replace(/(?<!virtual_hosts)\[\d+\]/g, '[]');
    const namespace = object.includes('/') ? object.slice(0, object.indexOf('/')) : kind;
    const control = isControl(kind, place);
    const which = control || path.includes(' > ') ? object : namespace;
    return [plain(which), plain(place), op, ...(control ? [plain(from), plain(to)] : [])].join('\n');
  };
};

/** All mutations of one environment. */
export interface Mutated {
  readonly of: EnvironmentDeclaration;
  readonly all: Iterable<Mutation>;
}

/** The first mutation of each shape that another environment does not have. */
export const beyond = (mine: Mutated, other: Mutated): Mutation[] => {
  const seen = new Set([...other.all].map(shapeIn(other.of)));
  const shapeOf = shapeIn(mine.of);
  return [...mine.all].filter((mutation) => {
    const shape = shapeOf(mutation);
    return !seen.has(shape) && seen.add(shape);
  });
};
