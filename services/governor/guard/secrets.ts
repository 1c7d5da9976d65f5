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

/** Credentials of known shapes, by the rules of secretlint. */
export const secrets: Detector = {
  name: 'secrets',
  async find(text) {
    const { messages } = await lintSource({
      source: { filePath: 'message.txt', content: apart(text), ext: '.txt', contentType: 'text' },
      options: { config, noPhysicFilePath: true, maskSecrets: false },
    });
    return messages.map(({ range: [start, end] }) => ({ detector: 'secrets', start, end }));
  },
};
