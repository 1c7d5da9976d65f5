import { denialAnswer } from '../../../services/governor/answer';
import { CODES, type DenialCode } from '../../../services/governor/codes';
import { Denial } from '../../../services/governor/denial';
import type { Protocol } from '../../../services/governor/parse/request';

const denial = (code: DenialCode) => new Denial(code, 'the argument "ticket" is missing', ['triage.sequence.0']);
const answer = (code: DenialCode, protocol: Protocol) => {
  const { status, headers, body } = denialAnswer(denial(code), protocol, 'decision-7');
  return { status, type: headers['content-type'], body: JSON.parse(body) };
};
const REASON = expect.stringMatching(/the argument "ticket" is missing \(.*, decision decision-7\)\. To do: /);

test('MCP: an error of the request is an answer, one of the transport is not', () => {
  expect(answer('invalid-argument', { kind: 'mcp', id: 'a' })).toEqual({
    status: 200,
    type: 'application/json',
    body: {
      jsonrpc: '2.0',
      id: 'a',
      error: { code: -32602, message: REASON, data: { code: 'invalid-argument', decision: 'decision-7' } },
    },
  });
  expect(answer('header-mismatch', { kind: 'mcp', id: 1 })).toMatchObject({
    status: 400,
    body: { error: { code: -32020 } },
  });
  const notification = answer('not-permitted', { kind: 'mcp' });
  expect(notification.status).toBe(403);
  expect(notification.body).not.toHaveProperty('id');
});

test('Anthropic, OpenAI and RFC 9457', () => {
  expect(answer('not-permitted', { kind: 'anthropic' })).toMatchObject({
    status: 403,
    body: { type: 'error', error: { type: 'permission_error', message: REASON }, request_id: 'decision-7' },
  });
  expect(answer('malformed-message', { kind: 'anthropic' }).body.error.type).toBe('invalid_request_error');
  expect(answer('not-permitted', { kind: 'openai' })).toMatchObject({
    status: 403,
    body: { error: { type: 'permission_error', code: 'not-permitted', param: null, message: REASON } },
  });
  expect(answer('unknown-route', { kind: 'http' })).toEqual({
    status: 404,
    type: 'application/problem+json',
    body: {
      type: 'about:blank',
      title: CODES['unknown-route'].title,
      status: 404,
      detail: expect.stringContaining('To do: '),
      code: 'unknown-route',
      decision: 'decision-7',
    },
  });
});

const PROTOCOLS: Protocol[] = [
  { kind: 'mcp', id: 1 },
  { kind: 'mcp' },
  { kind: 'anthropic' },
  { kind: 'openai' },
  { kind: 'http' },
];
test.each(Object.keys(CODES) as DenialCode[])(
  '%s is told in every protocol, without the facts of the record',
  (code) => {
    for (const protocol of PROTOCOLS) {
      const { status, body } = denialAnswer(denial(code), protocol, 'decision-7');
      expect(body).toContain('decision-7');
      expect(body).toContain(code);
      expect(body).not.toContain('triage.sequence.0');
      if (protocol.kind !== 'mcp' || protocol.id === undefined) expect(status).toBeGreaterThanOrEqual(400);
      else expect(JSON.parse(body).error.code).toBeLessThan(0);
    }
  },
);
