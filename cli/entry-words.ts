import type { EnvironmentDeclaration } from '../lib/declaration';
import { entriesOf } from '../lib/entries';

/** Where people come in and who may connect, as `--json` shows it. */
export const entryFacts = (declaration: EnvironmentDeclaration) =>
  entriesOf(declaration).map(({ name, url, outside, from }) => ({ name, url, outside, from }));
type EntryFacts = ReturnType<typeof entryFacts>[number];

const podsWords = ({ namespace, pods = {} }: EntryFacts['from'][number]): string =>
  `pods ${Object.entries(pods)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')} of ${namespace}`;

/** The same in words. */
export const entryWords = ({ url, outside, from }: EntryFacts): string =>
  outside ? url : `${url}, in the cluster alone, by ${from.map(podsWords).join(' and ')}`;
