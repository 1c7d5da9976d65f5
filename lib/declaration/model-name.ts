import { text } from './_check';

/** The name of one model on the wire; aliases that a provider may move are none. */
export const wireName = text(/^(?!.*(^|[-:])latest$)[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, {
  expected: 'the exact name of one model, no wildcard and no moving alias such as -latest',
  fix: 'write the name as the provider documents it, such as claude-sonnet-4-5',
});
