import { CleanTexts } from '../../../../services/governor/guard/clean-texts';

test('short texts are remembered, long ones are not', () => {
  const texts = new CleanTexts();
  expect(texts.has('role')).toBe(false);
  for (const text of ['role', 'x'.repeat(64), 'x'.repeat(65)]) texts.add(text);
  expect(['role', 'x'.repeat(64), 'x'.repeat(65), 'Role'].map((text) => texts.has(text))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('memory is bounded, and the oldest goes first', () => {
  const texts = new CleanTexts();
  for (let i = 0; i < 1_100; i++) texts.add(`text ${i}`);
  expect(texts.has('text 0')).toBe(false);
  expect(texts.has('text 1099')).toBe(true);
});
