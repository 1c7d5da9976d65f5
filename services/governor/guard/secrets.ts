import { creator } from '@secretlint/secretlint-rule-preset-recommend';

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

type Preset = Parameters<typeof creator.create>[0];
type Rule = Parameters<Preset['registerRule']>[0];
type Look = NonNullable<ReturnType<Rule['create']>['file']>;
type Source = Parameters<Look>[0];

/** Ranges that rules report of the text that they look at now. */
let reported: Finding[] = [];

/**
 * The rules of secretlint, set up once. Its own runner, which is made for the files of one command, sets all of them up
 * again for each text, and that takes most of its time.
 */
const looks: readonly Look[] = (() => {
  const all: Look[] = [];
  const registerRule = (rule: Rule): void => {
    // A comment that switches rules off would be written by whoever wants to pass.
    if (rule.meta.type === 'filter') return;
    const { file } = rule.create(
      {
        sharedOptions: {},
        createTranslator: () => (id, data) => ({ message: '', messageId: String(id), data: data as object }),
        report: ({ range: [start, end] }) => void reported.push({ detector: 'secrets', start, end }),
        ignore: () => undefined,
      },
      {},
    );
    if (file === undefined) throw new Error(`${rule.meta.id} looks at something else than texts`);
    all.push(file);
  };
  creator.create({ sharedOptions: {}, registerRule }, {});
  return all;
})();

/** @throws Error when a rule wants more than a text, or more time than now */
function findings(content: string): readonly Finding[] {
  const source = { content, filePath: 'message.txt', ext: '.txt', contentType: 'text' } as Source;
  reported = [];
  for (const look of looks)
    if (look(source) !== undefined) throw new Error('a rule of secretlint answers later, and nobody waits for it');
  return reported;
}

/** Credentials are ASCII, and their patterns want a boundary, which a letter of another script beside them is not. */
const apart = (text: string): string => text.replace(/[^\0-\x7f]/g, ' ');

/** Credentials of known shapes, by the rules of secretlint. */
export const secrets: Detector = {
  name: 'secrets',
  async find(text) {
    return findings(apart(text));
  },
};
