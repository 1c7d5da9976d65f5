import { TokenReview } from '../../../../services/governor/identify/token-review';

const PROPS = { url: 'https://api/reviews', audience: 'desk', cacheSeconds: 10, ca: '/ca', credential: '/token' };
const TRIAGE = 'system:serviceaccount:desk:triage';
const YES = { status: { authenticated: true, user: { username: TRIAGE }, audiences: ['desk'] } };

const world = (props: Partial<typeof PROPS> = {}) => {
  const asked: { url: string; token: string; audiences: readonly string[]; trust: readonly unknown[] }[] = [];
  const api = { says: YES as unknown, fails: false };
  const review = new TokenReview({ ...PROPS, ...props }, async (url, { ca, credential }, body) => {
    const { spec } = body as { spec: { token: string; audiences: string[] } };
    asked.push({ url, ...spec, trust: [ca, credential] });
    if (api.fails) throw new Error(`connection refused for ${spec.token}`);
    return api.says;
  });
  const subject = (token: string, seconds = 0): Promise<string> => review.subject(token, new Date(seconds * 1000));
  return { api, asked, subject };
};

test('a yes is good for seconds, and for this token alone', async () => {
  const { asked, subject } = world();
  expect(await subject('a')).toBe(TRIAGE);
  expect(await subject('a', 9)).toBe(TRIAGE);
  expect(asked).toEqual([{ url: PROPS.url, token: 'a', audiences: ['desk'], trust: ['/ca', '/token'] }]);
  await subject('b', 9);
  await subject('a', 10);
  // A clock that goes back makes no yes last longer.
  await subject('a', 5);
  expect(asked.map(({ token }) => token)).toEqual(['a', 'b', 'a', 'a']);
});

test('a token that the API server does not know any more is nobody’s once the yes is old; a no is not remembered', async () => {
  const { api, asked, subject } = world();
  await subject('a');
  api.says = { status: { authenticated: false, error: 'the pod is gone' } };
  expect(await subject('a', 9)).toBe(TRIAGE);
  await expect(subject('a', 10)).rejects.toMatchObject({ code: 'unidentified' });
  await expect(subject('a', 10)).rejects.toMatchObject({ code: 'unidentified' });
  expect(asked).toHaveLength(3);
  api.says = YES;
  expect(await subject('a', 11)).toBe(TRIAGE);
});

test.each<[string, object]>([
  ['nobody', { status: {} }],
  ['no name', { status: { authenticated: true, audiences: ['desk'] } }],
  ['another audience', { status: { ...YES.status, audiences: ['https://kubernetes.default.svc'] } }],
  ['no audience: an API server that does not look at them', { status: { ...YES.status, audiences: undefined } }],
])('a no: %s', async (_, says) => {
  const { api, subject } = world();
  api.says = says;
  await expect(subject('a')).rejects.toMatchObject({ code: 'unidentified' });
});

test.each<[string, unknown]>([
  ['another form', { status: 'Success' }],
  ['nothing', undefined],
  ['a status of another type', { status: { authenticated: 'true' } }],
])('what cannot be read is no answer: %s', async (_, says) => {
  const { api, subject } = world();
  api.says = says;
  await expect(subject('a')).rejects.toMatchObject({ code: 'unavailable' });
});

test('who cannot be asked says nothing, and nobody hears of the token', async () => {
  const { api, subject } = world();
  api.fails = true;
  const failed = await subject('secret').catch((error: Error) => error);
  expect(failed).toMatchObject({ code: 'unavailable' });
  expect(String((failed as Error).message)).not.toContain('secret');
});
