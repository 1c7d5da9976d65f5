import { expect, test } from '@jest/globals';
import { answerOf } from '../../proof/answer';

const reply = (message: string, status = 403) => ({ ok: false, status, message, body: {}, warnings: [] });

test.each<[string, string, number, object]>([
  [
    'an admission policy of the environment',
    `pods "x" is forbidden: ValidatingAdmissionPolicy 'desk-agent-pods' with binding 'desk-agent-pods' denied request: no`,
    422,
    { kind: 'refused', by: 'ValidatingAdmissionPolicy E-agent-pods' },
  ],
  [
    'an admission policy of somebody else',
    `pods "x" is forbidden: ValidatingAdmissionPolicy 'other-agent-pods' with binding 'b' denied request: no`,
    422,
    { kind: 'refused', by: 'ValidatingAdmissionPolicy other-agent-pods' },
  ],
  [
    'Pod Security',
    'pods "x" is forbidden: violates PodSecurity "restricted:v1.36": privileged',
    403,
    { kind: 'refused', by: 'Pod Security' },
  ],
  [
    'RBAC',
    'secrets "x" is forbidden: User "mallory" cannot get resource "secrets" in API group "" in the namespace "desk"',
    403,
    { kind: 'refused', by: 'RBAC' },
  ],
  [
    'RBAC, against an escalation',
    'roles "x" is forbidden: user "a" (groups=["b"]) is attempting to grant RBAC permissions not currently held',
    403,
    { kind: 'refused', by: 'RBAC' },
  ],
  [
    'the quota',
    'pods "x" is forbidden: exceeded quota: quota, requested: pods=1',
    403,
    { kind: 'refused', by: 'ResourceQuota' },
  ],
  [
    'Kyverno',
    'admission webhook "ivpol.validate.kyverno.svc-fail" denied the request: Policy desk-images failed: image from elsewhere',
    400,
    { kind: 'refused', by: 'ImageValidatingPolicy E-images' },
  ],
  [
    'Kyverno, which could not judge',
    'admission webhook "ivpol.validate.kyverno.svc-fail" denied the request: Policy desk-images error: failed to evaluate policy: timeout',
    400,
    { kind: 'unanswered' },
  ],
  [
    'Kyverno, which does not answer',
    'Internal error occurred: failed calling webhook "ivpol.validate.kyverno.svc-fail": no endpoints',
    500,
    { kind: 'unanswered' },
  ],
  [
    'another webhook',
    'admission webhook "other.example.com" denied the request: no',
    400,
    { kind: 'refused', by: 'webhook other.example.com' },
  ],
  [
    'validation',
    'ConfigMap "x" is invalid: data: Forbidden: field is immutable',
    422,
    { kind: 'refused', by: 'API server' },
  ],
  ['nothing that is there', 'pods "x" not found', 404, { kind: 'unasked' }],
  [
    'nobody: the one who asks may not ask as another',
    'users "a" is forbidden: User "b" cannot impersonate resource "users" in API group "" at the cluster scope',
    403,
    { kind: 'unasked' },
  ],
  ['something else', 'no', 418, { kind: 'refused', by: 'status 418' }],
])('it was refused by %s', (_who, message, status, answer) => {
  expect(answerOf(reply(message, status), 'desk')).toEqual({ ...answer, words: message });
});

test('allowed is allowed', () => {
  expect(answerOf({ ok: true, status: 201, message: '', body: {}, warnings: [] }, 'desk')).toEqual({
    kind: 'allowed',
    words: 'status 201',
  });
});
