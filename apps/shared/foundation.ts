import { Image } from '../../lib';
import { images } from './support-desk';

/** Falco 0.45: the digest is an example. */
export const falcoImage = Image.pinned(
  'registry.example.com/falcosecurity/falco@sha256:2c1743a391305fbf367df8e4f069f9f98ddd5b7a6e9d8b5f0a4f7e1d6c3b9a52',
);
/** Envoy that brings alerts to the wardens: the gateways' own. */
export const relayImage = images.images.envoy;
