import { opens, seal } from '../../../services/state/bodies';

test('each seal has a salt of its own, also when more are made than are drawn at once', () => {
  const seals = Array.from({ length: 300 }, () => seal('the same'));
  expect(new Set(seals.map(({ salt }) => salt.toString('hex'))).size).toBe(300);
  expect(new Set(seals.map(({ commitment }) => commitment)).size).toBe(300);
  for (const sealed of seals) {
    expect(sealed.salt).toHaveLength(32);
    // 32 bytes of which most are nothing are not random.
    expect(sealed.salt.filter((byte) => byte !== 0).length).toBeGreaterThan(16);
    expect(opens(sealed)).toBe(true);
  }
});

test('a salt that was handed out does not change when others are', () => {
  const { salt } = seal('one');
  const before = salt.toString('hex');
  for (let i = 0; i < 300; i++) seal('another');
  expect(salt.toString('hex')).toBe(before);
});

test('another body or another salt opens nothing', () => {
  const sealed = seal('one');
  expect(opens({ ...sealed, body: Buffer.from('two') })).toBe(false);
  expect(opens({ ...sealed, salt: seal('one').salt })).toBe(false);
});
