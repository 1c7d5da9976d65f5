import { hash } from 'node:crypto';
import { CleanTexts } from '../../../../services/governor/guard/clean-texts';

test('texts are remembered, short and long, and no others', () => {
  const texts = new CleanTexts();
  expect(texts.has('role')).toBe(false);
  for (const text of ['role', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(100_000)]) texts.add(text);
  for (const text of ['role', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(100_000)]) expect(texts.has(text)).toBe(true);
  for (const text of ['Role', 'x'.repeat(66), `${'x'.repeat(99_999)}y`]) expect(texts.has(text)).toBe(false);
  texts.add(`${'x'.repeat(70)}\ud800`);
  for (const end of ['\ud801', '\ufffd']) expect(texts.has(`${'x'.repeat(70)}${end}`)).toBe(false);
});

test('the digest of a text that is remembered is not that text', () => {
  const texts = new CleanTexts();
  const long = 'x'.repeat(65);
  texts.add(long);
  const digest = hash('sha256', Buffer.from(long, 'utf16le'));
  expect([digest, `sha256:${digest}`].map((text) => texts.has(text))).toEqual([false, false]);
});

test('memory is bounded, and the oldest goes first', () => {
  const texts = new CleanTexts();
  for (let i = 0; i < 4_200; i++) texts.add(`text ${i}`);
  expect(texts.has('text 0')).toBe(false);
  expect(texts.has('text 103')).toBe(false);
  expect(texts.has('text 104')).toBe(true);
  expect(texts.has('text 4199')).toBe(true);
});
