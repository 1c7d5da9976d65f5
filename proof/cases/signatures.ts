import { type Case, type Family, policy, refused } from '../case';
import type { Loose } from '../subject';

const GUARD = policy('signature-check');

/** The namespace that the signature policies select and no other policy does. */
export const imagesNamespace = (environment: string): string => `${environment}-images`;

const exception = (policies: readonly string[]): Loose => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'PolicyException',
  metadata: { name: 'firepit-proof', namespace: 'default' },
  spec: {
    policyRefs: policies.map((name) => ({ kind: 'ImageValidatingPolicy', name })),
    matchConditions: [{ name: 'all', expression: 'true' }],
  },
});

/** Images are verified, and without the verification no agent starts. */
export const signatures: Family = (subject): Case[] => {
  const policies = subject.namesOf('ImageValidatingPolicy');
  const { names, who } = subject;
  const unguarded = subject.agents.map((agent) =>
    refused(GUARD, {
      id: 'signatures/unguarded',
      threats: ['signature-check-down', 'unsigned-image'],
      what: 'the declared pod while nothing verifies its images',
      on: agent,
      as: who.controller,
      phase: 'unguarded',
      attempt: { verb: 'create', object: subject.agentPod(agent) },
    }),
  );
  const weakened = policies.map((name) => {
    const [agent = ''] = subject.agents;
    return refused(policy('signed-images'), {
      id: 'signatures/weakened',
      threats: ['signature-check-down', 'admission-switched-off'],
      what: 'the declared pod while the signature policy only audits',
      on: agent,
      as: who.controller,
      phase: 'weakened',
      weakens: name,
      attempt: { verb: 'create', object: subject.agentPod(agent) },
    });
  });
  const [component = ''] = subject.components;
  const foreign = subject.controlPod(component);
  foreign.metadata = { name: 'firepit-proof-new', namespace: imagesNamespace(names.environment) };
  foreign.spec.serviceAccountName = 'default';
  // It exists and it is signed; no trust root of an agent's pod covers its repository.
  foreign.spec.containers[0].image = subject.declaration.images.images.governor;
  return [
    ...unguarded,
    ...weakened,
    refused('ImageValidatingPolicy E-images', {
      id: 'signatures/foreign-image',
      threats: ['unsigned-image'],
      what: 'an image of another repository, where the signature policies alone look',
      attempt: { verb: 'create', object: foreign },
    }),
    ...[
      ['signatures/exception', 'an exception from a signature policy', exception(policies.slice(0, 1))] as const,
      // Every environment refuses an exception from all policies, and the API server would name any of them.
      [
        'signatures/exception-wildcard',
        'an exception by wildcard',
        exception(policies.slice(0, 1).map((name) => name.replace(/[^-]+$/, '*'))),
      ] as const,
    ].map(([id, what, object]) =>
      refused(policy('no-policy-exceptions'), {
        id,
        threats: ['policy-exception'],
        what,
        attempt: { verb: 'create', object },
      }),
    ),
  ];
};
