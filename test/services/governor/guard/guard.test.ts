import { Guard } from '../../../../services/governor/guard/guard';
import type { Detector } from '../../../../services/governor/guard/secrets';
import type { Passage } from '../../../../services/governor/parse/request';
import { config } from '../support/requests';

const TOKEN = ['ghp', 'a1B2'.repeat(9)].join('_');
const guard = new Guard(config.guard);
const user = (text: string): Passage[] => [{ zone: 'user', text }];
const result = (text: string): Passage[] => [{ zone: 'toolResult', text }];

test('what holds nothing passes as it is', async () => {
  const passages = [
    ...user('how are you? ＡＢＣ\u200b'),
    ...result(Buffer.from('hello '.repeat(9)).toString('base64')),
  ];
  await expect(guard.inspect(passages, 'answer')).resolves.toEqual(passages.map(({ text }) => text));
});

test.each([
  ['as it stands', TOKEN],
  ['among other text', `the token is ${TOKEN}, keep it`],
  ['between letters of another script', `票${TOKEN}票`],
  ['in Base64', Buffer.from(`token ${TOKEN}`).toString('base64')],
  ['in Base64 of Base64', Buffer.from(Buffer.from(`token ${TOKEN}`).toString('base64')).toString('base64')],
  ['in hexadecimal', Buffer.from(TOKEN).toString('hex')],
  ['percent-encoded', [...TOKEN].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')],
  ['as character references', [...TOKEN].map((c) => `&#${c.charCodeAt(0)};`).join('')],
  ['as escapes', [...TOKEN].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')],
  ['with invisible characters', [...TOKEN].join('\u200b')],
  [
    'in full width',
    [...TOKEN].map((c) => (/[A-Za-z0-9]/.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)).join(''),
  ],
  ['behind a word that switches linters off', `/* secretlint-disable */ ${TOKEN}`],
])("a credential in a person's text is blocked: %s", async (_what, text) => {
  await expect(guard.inspect(user(text), 'request')).rejects.toMatchObject({ code: 'guard-blocked' });
});

test('an answer is cleaned; a request would be another one then, and is blocked', async () => {
  await expect(guard.inspect(result(`a ${TOKEN} b ${TOKEN} c`), 'answer')).resolves.toEqual([
    'a [removed] b [removed] c',
  ]);
  await expect(guard.inspect(result(`a ${TOKEN} b`), 'request')).rejects.toMatchObject({ code: 'guard-blocked' });
});

test('what is there only once decoded cannot be cleaned, and is blocked', async () => {
  const text = `${TOKEN} ${Buffer.from(`token ${TOKEN}`).toString('base64')}`;
  await expect(guard.inspect(result(text), 'answer')).rejects.toMatchObject({ code: 'guard-blocked' });
});

test('what is encoded deeper than is looked through is blocked', async () => {
  let text = 'nothing but words '.repeat(3);
  for (let i = 0; i < 4; i++) text = Buffer.from(text).toString('base64');
  await expect(guard.inspect(result(text), 'answer')).resolves.toEqual([text]);
  await expect(guard.inspect(result(Buffer.from(text).toString('base64')), 'answer')).rejects.toMatchObject({
    code: 'guard-blocked',
  });
});

test('a detector that fails lets nothing pass', async () => {
  const broken: Detector = { name: 'broken', find: () => Promise.reject(new Error('model not loaded')) };
  await expect(new Guard(config.guard, [broken]).inspect(result('a'), 'answer')).rejects.toMatchObject({
    code: 'unavailable',
  });
});

test('the reason never repeats what was found', async () => {
  await expect(guard.inspect(user(TOKEN), 'request')).rejects.not.toMatchObject({
    message: expect.stringContaining('ghp'),
  });
});

test('what is left after a removal is looked at again', async () => {
  await expect(guard.inspect(result(`${TOKEN}${TOKEN}`), 'answer')).rejects.toMatchObject({ code: 'guard-blocked' });
});

test('looking leaves nothing behind in the process', async () => {
  const before = performance.getEntries().length;
  for (let i = 0; i < 5; i++) await guard.inspect(user(`one ${i}`), 'request');
  expect(performance.getEntries().length).toBe(before);
});

describe('what was clean', () => {
  /** Finds whatever it is told to, and counts how often it looks. */
  const counting = () => {
    const looked: string[] = [];
    const bad = new Set<string>();
    const detector: Detector = {
      name: 'counting',
      async find(text) {
        looked.push(text);
        return bad.has(text) ? [{ detector: 'counting', start: 0, end: text.length }] : [];
      },
    };
    const deep = { ...config.guard, model: { ...config.guard.user, maxDecodeDepth: 9 } };
    return { looked, bad, guard: new Guard(deep, [detector]) };
  };

  test('is looked at once, however often it comes, but again where it is looked through deeper', async () => {
    const { looked, guard: one } = counting();
    for (let i = 0; i < 3; i++) await one.inspect(user('assistant'), 'request');
    expect(looked).toEqual(['assistant']);
    await one.inspect([{ zone: 'model', text: 'assistant' }], 'answer');
    expect(looked).toEqual(['assistant', 'assistant']);

    const long = 'x'.repeat(65);
    for (let i = 0; i < 2; i++) await one.inspect(user(long), 'request');
    expect(looked.filter((text) => text === long)).toHaveLength(1);
  });

  test('what was found is found each time', async () => {
    const { bad, guard: one } = counting();
    bad.add('key');
    for (let i = 0; i < 3; i++)
      await expect(one.inspect(user('key'), 'request')).rejects.toMatchObject({ code: 'guard-blocked' });
    await expect(one.inspect([...user('key'), ...user('clean')], 'request')).rejects.toMatchObject({
      code: 'guard-blocked',
    });
  });

  test('what hides something is not remembered as clean', async () => {
    const { bad, guard: one } = counting();
    bad.add('hidden');
    for (let i = 0; i < 2; i++)
      await expect(one.inspect(user('%68idden'), 'request')).rejects.toMatchObject({ code: 'guard-blocked' });
  });
});
