import { z } from 'zod';
import { DeclarationError, type DeclarationFinding } from '../errors';
import { deepFreeze } from '../text';
import { list, name, named, text } from './_check';
import { plainData } from './_data';
import { problems, unknownSegment } from './_explain';
import { safeFinding, show } from './_show';
import { type Agent, agentSchema } from './agent';
import { consistencyProblems } from './consistency';
import { type Exposure, exposureProblems, exposureSchema } from './exposure';
import { type ImageLock, imageLockSchema } from './image';
import { lockProblems } from './locks';
import { type Model, modelSchema } from './model';
import { opaqueHostProblems } from './opaque-host';
import { type PeersAmong, peerProblems } from './peer';
import { type Approvals, approvalsSchema, type Owner, ownerSchema, type Users, usersSchema } from './people';
import { type Platform, platformSchema } from './platform';
import { providerProblems } from './providers';
import { referenceProblems } from './references';
import { type Runs, runsSchema } from './run';
import { type State, stateSchema } from './state';
import { type SupplyChain, supplyChainSchema } from './supply-chain';
import { type Suppression, suppressionSchema } from './suppression';
import { type Telemetry, telemetrySchema } from './telemetry';
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
  /**
   * Where agents are asked: a host to which the platform brings people, `https://<host>/agents/<agent>/`; or
   * `Exposure.inCluster(…)`, for named pods of the cluster alone.
   */
  readonly host: Exposure;
  readonly approvals: Approvals;
  /** @default - a run lasts 24 hours at most, and agents ask one another 3 deep */
  readonly runs?: Runs;
  /** What the collector is told of what is said. @default - nothing */
  readonly telemetry?: Telemetry;
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
  host: exposureSchema,
  approvals: approvalsSchema,
  runs: runsSchema.optional(),
  telemetry: telemetrySchema.optional(),
  models: named(modelSchema, 40, {
    expected: 'models by name, {} for none',
    fix: 'write { claude: HostedModel.anthropic({ … }) }',
  }),
  tools: named(toolSchema, 40, {
    expected: 'tools by name, {} for none',
    fix: 'write { tickets: McpServer.at(…) }',
  }),
  agents: named(agentSchema, 40, {
    expected: 'agents by name, at least one',
    fix: 'write { triage: { image, workload, … } }',
  }),
  locked: list(lockPath, { max: 100 }, 'paths that a fork may not weaken').optional(),
  suppressions: list(suppressionSchema, { max: 100 }, 'accepted findings').optional(),
}) as unknown as z.ZodType<EnvironmentDeclaration>;

const checked = new WeakSet<object>();

const subjectOf = (data: unknown): string => {
  const declared: unknown = typeof data === 'object' && data !== null && 'name' in data ? data.name : undefined;
  return typeof declared === 'string' ? `environment ${show(declared)}` : 'environment';
};

/** One finding a place: what the first check says, nothing about what stands below it. */
const firstOf = (findings: readonly DeclarationFinding[]): DeclarationFinding[] => {
  const seen = new Set<string>();
  return findings.map(safeFinding).filter(({ path }) => !seen.has(path) && seen.add(path));
};

/**
 * Checks data against the schema and its own references, and returns a deep-frozen copy.
 * @param subject what the error is about @default - the environment by its name
 * @throws DeclarationError with every finding
 */
export function checkDeclaration(value: unknown, subject?: string): EnvironmentDeclaration {
  if (typeof value === 'object' && value !== null && checked.has(value)) return value as EnvironmentDeclaration;
  const { data, findings: notData } = plainData(value);
  const halfMade = new Set(notData.map(({ path }) => path.replace(/[^.]*$/, 'kind')));
  const findings = firstOf([
    ...notData,
    ...problems(environmentSchema, data).filter(({ path }) => !halfMade.has(path)),
    ...referenceProblems(data),
    ...peerProblems(data),
    ...opaqueHostProblems(data),
    ...providerProblems(data),
    ...exposureProblems(data),
    ...consistencyProblems(data),
    ...lockProblems(data, (path) => unknownSegment(environmentSchema, path)),
  ]);
  if (findings.length > 0) throw new DeclarationError(subject ?? subjectOf(data), findings);
  const declaration = deepFreeze(data) as EnvironmentDeclaration;
  checked.add(declaration);
  return declaration;
}

/**
 * Declares a governed environment: a typo in a reference does not compile, and does not run either.
 * @throws DeclarationError with every finding, each with path, value found, what was expected and a fix
 */
export function environment<const M extends Models, const T extends Tools, const A extends string>(
  declaration: EnvironmentDeclaration<M, T, A> & { readonly tools: PeersAmong<NoInfer<T>, NoInfer<A>> },
): EnvironmentDeclaration<M, T, A> {
  return checkDeclaration(declaration) as unknown as EnvironmentDeclaration<M, T, A>;
}
