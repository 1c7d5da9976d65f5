import { kubernetes } from '../../apps/shared/platforms';
import * as example from '../../apps/shared/self-hosted-model';
import { database, images, owner } from '../../apps/shared/support-desk';
import { type SelfHostedModelProps, selfHostedModel } from '../../blueprints';
import type { EnvironmentDeclaration } from '../../lib';

/** The contracts desk: an agent with two models of its own, one of them verified by its files. */
export const contracts = (props: Partial<SelfHostedModelProps> = {}): EnvironmentDeclaration =>
  selfHostedModel({
    name: 'contracts-test',
    owner,
    platform: kubernetes,
    images,
    state: database('contracts_test'),
    host: 'contracts.example.com',
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
