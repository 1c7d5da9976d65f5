import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

// It keeps every mark for ever and searches all of them at each: a linter ends before that matters, a service does not.
secretLintProfiler.mark = () => undefined;

/** Where in a text something was found. */
export interface Finding {
  readonly detector: string;
  readonly start: number;
  readonly end: number;
}

/** Looks at one reading of a text. Throwing is a finding of everything: nothing passes. */
export interface Detector {
  readonly name: string;
  find(text: string): Promise<readonly Finding[]>;
}

const config = {
  rules: [
    {
      id: creator.meta.id,
      rule: creator,
      options: {},
      // A comment that switches the linter off would be written by whoever wants to pass.
      rules: [{ id: '@secretlint/secretlint-rule-filter-comments', disabled: true }],
    },
  ],
};

/** Credentials are ASCII, and their patterns want a boundary, which a letter of another script beside them is not. */
const apart = (text: string): string => text.replace(/[^\0-\x7f]/g, ' ');

/**
 * Short texts in which nothing was found, the newest of them. A message is full of them and they come again and again:
 * roles, types, names of models.
 */
const CLEAN = { length: 64, texts: 1_024 } as const;
const clean = new Set<string>();
const remember = (text: string): void => {
  clean.add(text);
  const [oldest] = clean;
  if (clean.size > CLEAN.texts && oldest !== undefined) clean.delete(oldest);
};

/** Credentials of known shapes, by the rules of secretlint. */
export const secrets: Detector = {
  name: 'secrets',
  async find(text) {
    if (clean.has(text)) return [];
    const { messages } = await lintSource({
      source: { filePath: 'message.txt', content: apart(text), ext: '.txt', contentType: 'text' },
      options: { config, noPhysicFilePath: true, maskSecrets: false },
    });
    if (messages.length === 0 && text.length <= CLEAN.length) remember(text);
    return messages.map(({ range: [start, end] }) => ({ detector: 'secrets', start, end }));
  },
};
