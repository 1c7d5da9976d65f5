import { Image, type PinnedImage } from '../../lib';
import { images, owner } from './support-desk';

/** Falco 0.45; the digest is an example. */
export const falcoImage = Image.pinned(
  'registry.example.com/falcosecurity/falco@sha256:ed9cecf97cb9a2690ca2800f826082907eb48e7d7ee8f56c07eed9bea94bb1f3',
);
/** Envoy that brings alerts to the wardens: the gateways' own. */
export const relay = images.images.envoy as PinnedImage;

const { deployers } = owner;
/** The environments of the example cluster. */
export const environments = {
  'research-team': { deployers },
  'support-desk-dev': { deployers },
  'support-desk-staging': { deployers },
  'support-desk-prod': { deployers },
};
