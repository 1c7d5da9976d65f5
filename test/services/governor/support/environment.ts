import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GovernorConfig } from '../../../../contract';
import type { EnvironmentDeclaration } from '../../../../lib';
import { contextOf } from '../../../../lib/context';
import { governorConfigOf } from '../../../../lib/governor';
import { cedarPolicy } from '../../../../lib/identity/cedar';
import { desk } from '../../../support/desk';

/** What a governor of an environment reads, as lib writes it. */
export const environment = (
  declaration: EnvironmentDeclaration = desk(),
): { readonly config: GovernorConfig; readonly schema: string; readonly policies: string } => {
  const context = contextOf(declaration);
  const { schema, policies } = cedarPolicy(context);
  return { config: governorConfigOf(context), schema, policies };
};

/** The same as files below a root; the paths in the configuration are moved there. */
export const files = (
  root: string,
  declaration?: EnvironmentDeclaration,
): { readonly file: string; readonly text: string } => {
  const { config, schema, policies } = environment(declaration);
  const write = (path: string, text: string): string => {
    const to = join(root, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
    return to;
  };
  write(config.policies.schema, schema);
  write(config.policies.policies, policies);
  const text = JSON.stringify(config);
  return { file: write('/etc/firepit/config/governor.json', text), text };
};
