import { generateKeyPairSync } from 'node:crypto';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { secrets } from '../../../../services/governor/guard/secrets';
import fc from '../../../support/property';

// Put together here, so that nobody takes this file for a leak.
const TOKEN = `ghp_${'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'}`;

test('what was found is found each time', async () => {
  for (let round = 0; round < 3; round++) {
    await expect(secrets.find('assistant')).resolves.toEqual([]);
    await expect(secrets.find(TOKEN)).resolves.toMatchObject([{ detector: 'secrets', start: 0, end: TOKEN.length }]);
    await expect(secrets.find(`assistant ${TOKEN}`)).resolves.toHaveLength(1);
  }
});

describe("what the rules find is what secretlint's own runner finds", () => {
  const letters = (length: number): string => 'aB3dE5gH7jK9mN1pQ2sT4vW6xY8zA0c'.repeat(8).slice(0, length);
  const AWS = `AWS_SECRET_ACCESS_KEY = ${letters(40)}`;
  const KEY = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
  const tokens = [
    TOKEN,
    AWS,
    String(KEY),
    `github_pat_${letters(82)}`,
    `npm_${letters(36)}`,
    `xoxb-${letters(12)}-${letters(24)}`,
    `https://hooks.slack.com/services/T${letters(8)}/B${letters(8)}/${letters(24)}`,
    `https://ada:${letters(12)}@db.example.com`,
    `sk-${letters(20)}T3BlbkFJ${letters(20)}`,
    `sk-ant-api03-${letters(93)}AA`,
    `lin_api_${letters(40)}`,
    `SG.${letters(22)}.${letters(43)}`,
    `shpat_${letters(32)}`,
    `postgres://ada:${letters(12)}@db.example.com/desk`,
    `mongodb://ada:${letters(12)}@db.example.com/desk`,
    `mysql://ada:${letters(12)}@db.example.com/desk`,
  ];
  const own = async (content: string): Promise<string[]> => {
    const { messages } = await lintSource({
      source: { filePath: 'message.txt', content, ext: '.txt', contentType: 'text' },
      options: {
        config: { rules: [{ id: creator.meta.id, rule: creator, options: {} }] },
        noPhysicFilePath: true,
        maskSecrets: false,
      },
    });
    return messages.map(({ range }) => range.join('-'));
  };
  const found = async (text: string): Promise<string[]> =>
    (await secrets.find(text)).map(({ start, end }) => `${start}-${end}`);
  const alike = async (text: string): Promise<number> => {
    const ranges = await own(text);
    expect(new Set(await found(text))).toEqual(new Set(ranges));
    return ranges.length;
  };

  test.each(tokens)('%#', async (token) => {
    expect(await alike(token)).toBeGreaterThan(0);
  });

  test('wherever they stand', async () => {
    const pieces = fc.array(fc.constantFrom(...tokens, ' ', '\n', 'word', '"', ': ', letters(5)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => void (await alike(parts.join('')))),
      { numRuns: 100 },
    );
  });
});
