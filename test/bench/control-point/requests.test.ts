import { chat, deniedCorpus, streamedChat, toolCall } from '../../../bench/control-point/requests';

test('every allowed request has a body of a kilobyte', () => {
  for (const { body } of [chat('/v1'), streamedChat('/v1'), toolCall({})]) {
    expect(Buffer.byteLength(body)).toBe(1024);
    expect(JSON.parse(body)).toBeInstanceOf(Object);
    expect(body).not.toContain('never-forwarded');
  }
});

test('every forbidden request carries the mark by which the upstream would know it, and a code that it must come to', () => {
  const corpus = deniedCorpus({ 'x-firepit-run': 'mine' });
  expect(corpus).toHaveLength(6);
  for (const { body, contains, status } of corpus) {
    expect(body).toContain('never-forwarded');
    expect(contains).toMatch(/^[a-z-]+$/);
    expect([200, 400, 403]).toContain(status);
  }
});
