import { z } from 'zod';
import { DeclarationError } from '../errors';
import { deepFreeze } from '../text';
import { explained, list, made, name, named, says, text } from './_check';
import { plainData } from './_data';
import { problems } from './_explain';
import { safeFinding } from './_show';
import { cidrProblem } from './cidr';
import { type PinnedImage, pinnedImageSchema } from './image';
import { type Deployer, deployerSchema, type Owner, ownerSchema } from './people';
import { type Platform, platformSchema } from './platform';
import { type Suppression, suppressionSchema } from './suppression';

interface FalcoFacts {
  /** Falco, by digest. Its image brings the container plugin, from 0.41 on. */
  readonly image: PinnedImage;
  /** Socket of the container runtime on the nodes: from there come the names and labels of pods. */
  readonly runtimeSocket: string;
}
/** A DaemonSet, as Firepit writes it. */
export interface FalcoDaemonSet extends FalcoFacts {
  readonly kind: 'daemonSet';
}
/** Objects of falco-operator, which must run in the cluster and writes the DaemonSet. */
export interface FalcoOperator extends FalcoFacts {
  readonly kind: 'operator';
  /** The operator's sidecar that brings rules and configuration to Falco, by digest. */
  readonly artifactOperator: PinnedImage;
  /** The container plugin as an OCI artefact, by digest. */
  readonly containerPlugin: PinnedImage;
  /** Ranges of the registry that has it: Falco's pods fetch it themselves, over port 443. */
  readonly registry: readonly string[];
  /** Service account of the operator, `<namespace>/<name>`: it writes the DaemonSet. */
  readonly account: string;
}
/** What watches the nodes. */
export type Falco = FalcoDaemonSet | FalcoOperator;

const CONTAINERD = '/run/containerd/containerd.sock';
type Asked<F extends FalcoFacts> = Omit<F, 'kind' | 'runtimeSocket'> & { readonly runtimeSocket?: string };

/** Makes {@link Falco}s. */
export const Falco = {
  /** `runtimeSocket` is that of containerd where none is given: `/run/containerd/containerd.sock`. */
  daemonSet: ({ runtimeSocket = CONTAINERD, ...props }: Asked<FalcoDaemonSet>): FalcoDaemonSet => ({
    ...props,
    runtimeSocket,
    kind: 'daemonSet',
  }),
  /** `runtimeSocket` is that of containerd where none is given: `/run/containerd/containerd.sock`. */
  operator: ({ runtimeSocket = CONTAINERD, ...props }: Asked<FalcoOperator>): FalcoOperator => ({
    ...props,
    runtimeSocket,
    kind: 'operator',
  }),
} as const;

/** An environment that the foundation serves. */
export interface Served {
  /** Who may change its Falco rules: the deployers of its own declaration. */
  readonly deployers: readonly Deployer[];
}

/** What a cluster needs once, as data: Falco, its road to every warden, and the catch-all. Made by {@link foundation}. */
export interface FoundationDeclaration {
  /** Names the output; the objects have fixed names, because a cluster has one foundation. */
  readonly name: string;
  readonly owner: Owner;
  readonly platform: Platform;
  readonly falco: Falco;
  /** Envoy by digest: it brings Falco's alerts to every warden. */
  readonly relay: PinnedImage;
  /** Every environment of the cluster, by its name: one that is not here is refused at admission. */
  readonly environments: Readonly<Record<string, Served>>;
  /** Findings accepted for a while. @default - none */
  readonly suppressions?: readonly Suppression[];
}

/** Alerts are mirrored to each warden, and Falco's node does the work. */
const MOST = 50;

const RANGE = { expected: 'an address range with its mask', fix: 'write it as 10.0.0.0/24' };
const falcoFacts = {
  image: pinnedImageSchema,
  runtimeSocket: text(/^\/(run|var\/run|var\/snap)(\/[a-z0-9][a-z0-9._-]*){1,6}\.sock$/, {
    expected: "the container runtime's socket on the nodes, below /run or /var",
    fix: `write it as ${CONTAINERD}, or /run/crio/crio.sock`,
  }),
};
const falcoSchema = made(
  z.discriminatedUnion('kind', [
    z.strictObject({ ...falcoFacts, kind: z.literal('daemonSet') }),
    z.strictObject({
      ...falcoFacts,
      kind: z.literal('operator'),
      artifactOperator: pinnedImageSchema,
      containerPlugin: pinnedImageSchema,
      registry: list(explained(z.string(), cidrProblem, RANGE), { min: 1, max: 16 }, 'ranges of the registry'),
      account: text(/^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/, {
        expected: "the operator's service account",
        fix: 'write it as falco-operator/falco-operator',
      }),
    }),
  ]),
  'how Falco runs',
  'Falco.daemonSet({ image }) or Falco.operator({ image, artifactOperator, containerPlugin, registry, account })',
);

const environmentName = name(40);
const foundationSchema = z
  .strictObject({
    name: environmentName,
    owner: ownerSchema,
    platform: platformSchema,
    falco: falcoSchema,
    relay: pinnedImageSchema,
    environments: named(
      says(z.strictObject({ deployers: list(deployerSchema, { min: 1, max: 16 }, 'who may change its Falco rules') }), {
        expected: 'what the foundation must know of an environment',
        fix: 'write { deployers: owner.deployers }',
      }),
      40,
      { expected: 'environments by name', fix: "write { 'support-desk': { deployers } }" },
    ),
    suppressions: list(suppressionSchema, { max: 100 }, 'accepted findings').optional(),
  })
  .superRefine(({ environments }, ctx) => {
    const names = Object.keys(environments);
    const wrong = (path: string[], expected: string, fix: string): void =>
      ctx.addIssue({ code: 'custom', path, message: expected, params: { fix } });
    if (names.length === 0)
      wrong(
        ['environments'],
        'at least one environment',
        'name those of the cluster: a catch-all for none refuses all',
      );
    if (names.length > MOST)
      wrong(
        ['environments'],
        `at most ${MOST} environments, since each alert goes to every warden; found ${names.length}`,
        'spread the environments over more clusters',
      );
    for (const one of names)
      if (!environmentName.safeParse(one).success)
        wrong(['environments', one], 'the name of an environment: a DNS label of 40 characters', 'copy its name');
  });

const checked = new WeakSet<object>();

/** @throws DeclarationError with every finding */
export function checkFoundation(value: unknown): FoundationDeclaration {
  if (typeof value === 'object' && value !== null && checked.has(value)) return value as FoundationDeclaration;
  const { data, findings: notData } = plainData(value);
  const findings = [...notData, ...problems(foundationSchema, data)].map(safeFinding);
  if (findings.length > 0) throw new DeclarationError('foundation', findings);
  const declaration = deepFreeze(data) as FoundationDeclaration;
  checked.add(declaration);
  return declaration;
}

/**
 * Declares what a cluster needs once.
 * @throws DeclarationError with every finding, each with path, value found, what was expected and a fix
 */
export const foundation = (declaration: FoundationDeclaration): FoundationDeclaration => checkFoundation(declaration);
