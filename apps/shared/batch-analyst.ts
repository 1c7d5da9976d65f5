import { Image } from '../../lib';

export { database, images, owner } from './support-desk';
/** The agent's image: an example. */
export const agentImage = Image.pinned(
  'registry.example.com/agents/analyst@sha256:4d1e0e4bb07d6b5a4f3ae29fa5b8b1bb0dc5b3a5d7c8b8ab8b6b0c8ab9a4f0e7',
);
