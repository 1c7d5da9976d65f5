import { kubernetes, openshift } from '../../apps/shared/platforms';
import { agentImage, database, images, owner } from '../../apps/shared/support-desk';
import { type SupportDeskProps, supportDesk } from '../../blueprints';
import type { EnvironmentDeclaration } from '../../lib';

export const EXAMPLE: SupportDeskProps = {
  name: 'support-desk-test',
  owner,
  platform: kubernetes,
  images,
  agentImage,
  state: database('support_desk_test'),
  replicas: 2,
  host: 'support-desk.example.com',
  approvalsHost: 'approvals.example.com',
};

/** The support desk, with what a test changes. */
export const desk = (props: Partial<SupportDeskProps> = {}): EnvironmentDeclaration =>
  supportDesk({ ...EXAMPLE, ...props }) as unknown as EnvironmentDeclaration;

/** The support desk on OpenShift. */
export const openshiftDesk = (props: Partial<SupportDeskProps> = {}): EnvironmentDeclaration =>
  desk({ platform: openshift, ...props });

/** The same declaration with changes that its factory does not offer; not checked again. */
export const changed = (
  change: (draft: Draft) => void,
  base: EnvironmentDeclaration = desk(),
): EnvironmentDeclaration => {
  const draft = structuredClone(base) as unknown as Draft;
  change(draft);
  return draft as unknown as EnvironmentDeclaration;
};
// biome-ignore lint/suspicious/noExplicitAny: a test writes what the types forbid
export type Draft = any;
