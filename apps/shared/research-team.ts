import { createHash } from 'node:crypto';
import { Image } from '../../lib';

/** An image of an agent: an example, whose digest is made of its name. */
const example = (name: string) =>
  Image.pinned(`registry.example.com/agents/${name}@sha256:${createHash('sha256').update(name).digest('hex')}`);

export const agentImages = { lead: example('lead'), researcher: example('researcher'), writer: example('writer') };
