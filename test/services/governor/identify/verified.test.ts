import { VERIFIED_MILLISECONDS, VerifiedTokens } from '../../../../services/governor/identify/verified';

const NOW = 1_800_000_000_000;
const at = (milliseconds: number): Date => new Date(NOW + milliseconds);
const HOUR = NOW / 1000 + 3_600;

const verified = (expires = HOUR): VerifiedTokens => {
  const tokens = new VerifiedTokens();
  tokens.add('token', 'triage', expires, at(0));
  return tokens;
};

test('a token that was found valid, for a moment', () => {
  expect(verified().subject('token', at(0))).toBe('triage');
  expect(verified().subject('token', at(VERIFIED_MILLISECONDS - 1))).toBe('triage');
  expect(verified().subject('token', at(VERIFIED_MILLISECONDS))).toBeUndefined();
});

test('no longer than the token itself, and not before it was verified', () => {
  expect(verified(NOW / 1000 + 2).subject('token', at(1_999))).toBe('triage');
  expect(verified(NOW / 1000 + 2).subject('token', at(2_000))).toBeUndefined();
  expect(verified().subject('token', at(-1))).toBeUndefined();
});

test('another token is another one', () => {
  expect(verified().subject('toke', at(0))).toBeUndefined();
  expect(verified().subject('token ', at(0))).toBeUndefined();
});

test('so many that memory has a bound: the oldest is verified again', () => {
  const tokens = verified();
  for (let i = 0; i < 1_000; i++) tokens.add(`other ${i}`, 'clerk', HOUR, at(0));
  expect(tokens.subject('token', at(0))).toBeUndefined();
  expect(tokens.subject('other 0', at(0))).toBe('clerk');
});
