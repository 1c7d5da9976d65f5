import { kubernetes } from '../../apps/shared/platforms';
import * as example from '../../apps/shared/self-hosted-model';
import { database, images, owner } from '../../apps/shared/support-desk';
import { type SelfHostedModelProps, selfHostedModel } from '../../blueprints';
import { type EnvironmentDeclaration, Exposure } from '../../lib';

/** Who may ask the contracts desk, which is in the cluster alone. */
export const PORTAL = { namespace: 'legal', pods: { 'app.kubernetes.io/name': 'portal' } };

/** The contracts desk: an agent with two models of its own, one of them verified by its files; asked by a portal alone. */
export const contracts = (props: Partial<SelfHostedModelProps> = {}): EnvironmentDeclaration =>
  selfHostedModel({
    name: 'contracts-test',
    owner,
    platform: kubernetes,
    images,
    state: database('contracts_test'),
    host: Exposure.inCluster({ from: [PORTAL] }),
    approvalsHost: 'approvals.example.com',
    ...example,
    ...props,
  }) as unknown as EnvironmentDeclaration;

let made: EnvironmentDeclaration | undefined;
/** The contracts desk as it is; made once. */
export const plainContracts = (): EnvironmentDeclaration => {
  made ??= contracts();
  return made;
};
