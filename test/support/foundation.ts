import { environments, falcoImage, relay } from '../../apps/shared/foundation';
import { kubernetes } from '../../apps/shared/platforms';
import { owner } from '../../apps/shared/support-desk';
import { clusterFoundation } from '../../blueprints';
import { App, ClusterFoundation, Falco, type FoundationDeclaration, Image } from '../../lib';
import type { Manifest } from '../../lib/minimum-bar';

/** A foundation for two environments whose deployers are strangers to each other. */
export const foundationOf = (changes: Partial<FoundationDeclaration> = {}): FoundationDeclaration =>
  clusterFoundation({
    owner,
    platform: kubernetes,
    falco: Falco.daemonSet({ image: falcoImage }),
    relay,
    environments: {
      'support-desk-prod': environments['support-desk-prod'],
      billing: { deployers: ['group:billing'] },
    },
    ...changes,
  });

/** Falco by falco-operator. */
export const operated = Falco.operator({
  image: falcoImage,
  artifactOperator: Image.pinned(
    'registry.example.com/falcosecurity/artifact-operator@sha256:b7a2337250723cf126063cbc325b4930c3cf6d8a818cf4be9f5e0a7a82e56fae',
  ),
  containerPlugin: Image.pinned(
    'registry.example.com/falcosecurity/plugins/plugin/container@sha256:9ba2cc87c385dbb453da2d2bbcee8ff7e6e1ae596d1b5673735f8bba18a39368',
  ),
  registry: ['10.40.0.0/24'],
  account: 'falco-operator/falco-operator',
});

/** Its finished objects. */
export const objectsOfFoundation = (declaration = foundationOf()): readonly Manifest[] =>
  new ClusterFoundation(new App({ outdir: 'unused' }), declaration).objects();
