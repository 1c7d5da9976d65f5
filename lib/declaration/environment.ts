import { z } from 'zod';
import { DeclarationError } from '../errors';
import { deepFreeze } from '../text';
import { name, named, problems, text } from './_check';
import { type Agent, agentSchema } from './agent';
import { hostSchema } from './endpoint';
import { type ImageLock, imageLockSchema } from './image';
import { type Model, modelSchema } from './model';
import { type Approvals, approvalsSchema, type Owner, ownerSchema, type Users, usersSchema } from './people';
import { type Platform, platformSchema } from './platform';
import { referenceProblems } from './references';
import { type State, stateSchema } from './state';
import { type SupplyChain, supplyChainSchema } from './supply-chain';
import { type Suppression, suppressionSchema } from './suppression';
import { type OperationOf, type Tool, toolSchema } from './tool';

type Models = Readonly<Record<string, Model>>;
type Tools = Readonly<Record<string, Tool>>;

/**
 * A governed environment, as data. Everything a reviewer must judge about its agents stands here; nothing about
 * plumbing does. Made by {@link environment}, usually inside a blueprint.
 */
export interface EnvironmentDeclaration<M extends Models = Models, T extends Tools = Tools, A extends string = string> {
  /** Name of the environment: its namespaces are `<name>` and `<name>-control`. A DNS label, at most 40 characters. */
  readonly name: string;
  readonly owner: Owner;
  readonly platform: Platform;
  /** The product's own images. */
  readonly images: ImageLock;
  readonly state: State;
  readonly supplyChain: SupplyChain;
  readonly users: Users;
  /** Host under which people reach the agents: `https://<host>/agents/<agent>/`. */
  readonly host: string;
  readonly approvals: Approvals;
  readonly models: M;
  readonly tools: T;
  readonly agents: Readonly<Record<A, Agent<NoInfer<keyof M & string>, NoInfer<OperationOf<T>>>>>;
  /** Paths that a fork may not weaken, `*` for any name: `agents.*.needsApproval`. @default - none */
  readonly locked?: readonly string[];
  /** Findings accepted for a while. @default - none */
  readonly suppressions?: readonly Suppression[];
}

const lockPath = text(/^([A-Za-z][A-Za-z0-9_-]*|\*)(\.([A-Za-z0-9_-]+|\*))*$/, {
  expected: 'a path of the declaration, such as agents.*.needsApproval',
  fix: "write names separated by '.', '*' for any name",
});

const environmentSchema: z.ZodType<EnvironmentDeclaration> = z.strictObject({
  name: name(40),
  owner: ownerSchema,
  platform: platformSchema,
  images: imageLockSchema,
  state: stateSchema,
  supplyChain: supplyChainSchema,
  users: usersSchema,
  host: hostSchema,
  approvals: approvalsSchema,
  models: named(modelSchema, 40),
  tools: named(toolSchema, 40),
  agents: named(agentSchema, 40),
  locked: z.array(lockPath).max(100).optional(),
  suppressions: z.array(suppressionSchema).max(100).optional(),
}) as unknown as z.ZodType<EnvironmentDeclaration>;

const checked = new WeakSet<object>();

/**
 * Checks data against the schema and its own references, and returns it deep-frozen.
 * @throws DeclarationError with every finding
 */
export function checkDeclaration(value: unknown): EnvironmentDeclaration {
  if (typeof value === 'object' && value !== null && checked.has(value)) return value as EnvironmentDeclaration;
  const subject =
    typeof (value as { name?: unknown } | null)?.name === 'string'
      ? `environment '${(value as { name: string }).name}'`
      : 'environment';
  const shape = problems(environmentSchema, value);
  const findings = shape.length > 0 ? shape : referenceProblems(value as EnvironmentDeclaration);
  if (findings.length > 0) throw new DeclarationError(subject, findings);
  const declaration = deepFreeze(structuredClone(value)) as EnvironmentDeclaration;
  checked.add(declaration);
  return declaration;
}

/**
 * Declares a governed environment: a typo in a reference does not compile, and does not run either.
 * @throws DeclarationError with every finding, each with path, value found, what was expected and a fix
 */
export function environment<const M extends Models, const T extends Tools, const A extends string>(
  declaration: EnvironmentDeclaration<M, T, A>,
): EnvironmentDeclaration<M, T, A> {
  return checkDeclaration(declaration) as unknown as EnvironmentDeclaration<M, T, A>;
}
