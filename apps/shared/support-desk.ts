import { Image, ImageLock, Owner, Private, SecretKey, State } from '../../lib';
import lock from './images.lock.json';

/** The product's images: an example lock file, until one is released. */
export const images = ImageLock.from(lock);
/** The agent's image: an example as well. */
export const agentImage = Image.pinned(
  'registry.example.com/agents/triage@sha256:f05e07feae72b721ff56673b08f29f2226921c30bfd76eb89244a5edfe7c8fa2',
);
export const owner = Owner.team('support-platform', {
  contact: 'support-platform@example.com',
  deployers: ['serviceaccount:argocd/argocd-application-controller', 'group:platform-engineers'],
});
/** A database in the team's network. */
export const database = (name: string) =>
  State.postgres(
    Private.host('postgres.internal.example.com', {
      cidrs: ['10.30.0.8/29'],
      port: 5432,
      ca: SecretKey.of('postgres', 'ca.crt'),
    }),
    {
      database: name,
      password: SecretKey.of('postgres', 'password'),
    },
  );
