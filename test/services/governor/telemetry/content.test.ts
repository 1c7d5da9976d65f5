import { Content } from '../../../../services/governor/telemetry/content';
import { TOKEN } from '../support/streams';
import { config } from './example';

const blocking = { secrets: 'block' } as const;
const zones = {
  user: { ...config.guard.user, ...blocking },
  model: { ...config.guard.model, ...blocking },
  toolResult: { ...config.guard.toolResult, ...blocking },
};
const told = async (...values: (string | object)[]) =>
  (await new Content(zones).told(values.map((value) => ({ zone: 'user' as const, value: value as never })))).map(
    ({ value }) => value,
  );

test('what is harmless is told as it is; a secret is taken out, however strict its zone is', async () => {
  expect(await told('hello', { a: ['there', 7] })).toEqual(['hello', { a: ['there', 7] }]);
  expect(await told(`key ${TOKEN} end`, { a: [TOKEN] })).toEqual(['key [removed] end', { a: ['[removed]'] }]);
});

test('what cannot be cleaned is withheld whole, and alone', async () => {
  expect(await told('hello', { [TOKEN]: 1 })).toEqual(['hello', '[withheld]']);
  expect(await told(Buffer.from(`key ${TOKEN} end`).toString('base64'))).toEqual(['[withheld]']);
});

test('what does not fit is left out whole, the newest last', async () => {
  const long = 'x '.repeat(3_000);
  expect(await told('first', long, 'last')).toEqual(['first', long, 'last']);
  expect(await told('first', long, long, 'last')).toEqual(['[left out]', long, 'last']);
});
