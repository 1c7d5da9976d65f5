import { EntryConflict, EntryError, type Written } from './entries';

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | undefined)?.code ?? '');

/** The server's word that it is the entry, and not the server, that is wrong: data, constraint or syntax. */
export const isEntrysFault = (error: unknown): boolean => /^(22|23|42804|54000)/.test(codeOf(error));

/** Why an entry will never be accepted, once the server said that it is wrong. */
export const faultOf = ({ id, kind, decision }: Written, error: unknown): EntryError => {
  const which = decision === undefined ? `the ${kind} ${id}` : `the ${kind} ${id} of decision ${decision}`;
  return codeOf(error) === '23505'
    ? new EntryConflict(`${which} is on record already, and says something else: the first stands`)
    : new EntryError(`${which} cannot be recorded: ${(error as Error).message}`);
};
