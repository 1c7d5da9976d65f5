import { Guard } from '../../../../services/governor/guard/guard';
import { normalised } from '../../../../services/governor/guard/normalise';
import { endsWord, HeldText } from '../../../../services/governor/server/held-text';
import fc from '../../../support/property';
import { config } from '../support/requests';
import { TOKEN } from '../support/streams';

const guard = new Guard(config.guard);
const KEY = [
  '-----BEGIN RSA PRIVATE',
  `KEY-----\n${'MIIEowIBAAKCAQEA0\n'.repeat(20)}-----END RSA PRIVATE`,
  'KEY-----',
].join(' ');

/** What passes after each piece, and at the end. */
const passes = async (pieces: readonly string[], zones = config.guard): Promise<string[]> => {
  const text = new HeldText(new Guard(zones), 'model', 4);
  const out: string[] = [];
  for (const piece of pieces) {
    text.add(piece);
    out.push(await text.release(false));
  }
  return [...out, await text.release(true)];
};

test('ordinary words pass at once', async () => {
  expect(await passes(['The', ' ticket', ' is', ' closed', '.'])).toEqual([
    'The',
    ' ticket',
    ' is',
    ' closed',
    '.',
    '',
  ]);
  expect(await passes(['票', '已', '关闭。'])).toEqual(['票', '已', '关闭。', '']);
});

test('a word that may become a secret waits until it ends', async () => {
  expect(await passes(['see T-1', '2 and', ' more'])).toEqual(['see ', 'T-12 and', ' more', '']);
});

test('a secret is taken out, wherever it was cut', async () => {
  const whole = `before ${TOKEN} after`;
  for (let at = 1; at < whole.length; at++) {
    const out = (await passes([whole.slice(0, at), whole.slice(at)])).join('');
    expect(out).not.toContain(TOKEN.slice(9));
    expect(out).toMatch(/^before [a-z]{0,8}\[removed\] after$/);
  }
});

test.each([
  ['a key of many lines', KEY],
  ['one in another form', TOKEN.replaceAll('g', '\uff47')],
  ['one with invisible characters', [...TOKEN].join('\u200b')],
  ['one in Base64', Buffer.from(`the token is ${TOKEN}`).toString('base64')],
  ['a key whose lines are percent-encoded', encodeURIComponent(KEY).replaceAll('%0A', '\n')],
])('not even a part of it passes: %s', async (_what, secret) => {
  const pieces = `so: ${secret} done `.match(/[\s\S]{1,7}/gu) ?? [];
  let out = '';
  const blocked = await passes(pieces, { ...config.guard, model: { ...config.guard.model, secrets: 'redact' } }).then(
    (all) => {
      out = all.join('');
      return false;
    },
    ({ code }) => code === 'guard-blocked',
  );
  expect(blocked || out.includes('[removed]')).toBe(true);
  for (let at = 0; at + 24 < secret.length; at += 8) expect(out).not.toContain(secret.slice(at, at + 24));
});

test('where a secret blocks, nothing of it passes', async () => {
  const zones = { ...config.guard, model: { ...config.guard.model, secrets: 'block' as const } };
  await expect(passes(['a ', TOKEN.slice(0, 20), TOKEN.slice(20), ' b'], zones)).rejects.toMatchObject({
    code: 'guard-blocked',
  });
});

test('a word without an end does not wait for ever', async () => {
  await expect(passes(Array.from({ length: 20 }, () => 'x-'.repeat(512)))).rejects.toMatchObject({
    code: 'guard-blocked',
  });
});

test('no character that ends a word is part of a secret', () => {
  const ends = Array.from({ length: 0x600 }, (_, code) => String.fromCharCode(code)).filter(endsWord);
  expect(ends.length).toBeGreaterThan(900);
  for (const character of ends) expect(normalised(character)).not.toMatch(/[\x21-\x7e]/);
});

test('pieces make no difference to what passes of a text without secrets', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 8 }), async (pieces) => {
      const [clean] = await guard.inspect([{ zone: 'model', text: pieces.join('') }], 'answer').catch(() => []);
      fc.pre(clean === pieces.join(''));
      expect((await passes(pieces)).join('')).toBe(clean);
    }),
    { numRuns: 40 },
  );
});
