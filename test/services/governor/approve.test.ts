import { nobody, type Proposal, proposalDigest } from '../../../services/governor/approve';
import type { JsonObject } from '../../../services/governor/parse/json';
import fc from '../../support/property';

const PROPOSAL: Proposal = {
  environment: 'desk',
  agent: 'triage',
  user: { issuer: 'https://login.example.com', subject: 'ada' },
  run: 'run-1',
  operation: 'tickets.close',
  toolManifest: `sha256:${'1'.repeat(64)}`,
  arguments: { ticket: 'T-1', notify: ['a', 'b'] },
  policyDigest: `sha256:${'2'.repeat(64)}`,
  sequenceHead: `sha256:${'3'.repeat(64)}`,
};
const DIGEST = proposalDigest(PROPOSAL);

test('the digest is that of the canonical form, as another implementation would count it', () => {
  // printf '%s' '{"agent":"triage",…}' | sha256sum, with the keys in the order of RFC 8785.
  expect(DIGEST).toBe('sha256:a91374e0a742feb5780fd3b0a65cb2459d8f953021e5cb5b8565cd66bbcfeef8');
  expect(proposalDigest(Object.fromEntries(Object.entries(PROPOSAL).reverse()) as unknown as Proposal)).toBe(DIGEST);
});

test('groups of a person do not count: they may change while somebody decides', () => {
  const user = { issuer: 'https://login.example.com', subject: 'ada', groups: ['support'] };
  expect(proposalDigest({ ...PROPOSAL, user })).toBe(DIGEST);
});

const text = fc.string({ minLength: 1 });
const change = fc.oneof(
  ...(['environment', 'agent', 'operation', 'policyDigest'] as const).map((key) => fc.record({ [key]: text })),
  ...(['run', 'toolManifest', 'sequenceHead'] as const).map((key) =>
    fc.record({ [key]: fc.option(text, { nil: null }) }),
  ),
  fc.record({ user: fc.option(fc.record({ issuer: text, subject: text }), { nil: null }) }),
  fc.record({ arguments: fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })) }),
) as fc.Arbitrary<Partial<Proposal>>;

test('any change of any part is another digest, and no two parts can be taken for each other', () => {
  fc.assert(
    fc.property(change, (changed) => {
      fc.pre(
        Object.entries(changed).some(
          ([key, value]) => JSON.stringify(PROPOSAL[key as keyof Proposal]) !== JSON.stringify(value),
        ),
      );
      expect(proposalDigest({ ...PROPOSAL, ...changed })).not.toBe(DIGEST);
    }),
  );
  const { run, operation } = PROPOSAL;
  expect(proposalDigest({ ...PROPOSAL, run: operation, operation: run ?? '' })).not.toBe(DIGEST);
});

test.each<JsonObject>([
  { ticket: 'T-2', notify: ['a', 'b'] },
  { ticket: 'T-1', notify: ['b', 'a'] },
  { ticket: 'T-1', notify: ['a', 'b', ''] },
  { ticket: 'T-1' },
  { ticket: 'T-1', notify: ['a', 'b'], force: false },
  { Ticket: 'T-1', notify: ['a', 'b'] },
])('every change of the arguments counts: %j', (other) => {
  expect(proposalDigest({ ...PROPOSAL, arguments: other })).not.toBe(DIGEST);
});

test('without the service nobody agrees', async () => {
  expect(await nobody.ask(PROPOSAL, DIGEST)).toBeUndefined();
});
