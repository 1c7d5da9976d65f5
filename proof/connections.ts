import { spawnSync } from 'node:child_process';
import type { EnvironmentDeclaration } from '../lib/declaration';
import type { Manifest } from '../lib/synth/object';
import type { Target } from './api';
import { marked, ownLabels } from './copy';
import type { Kubernetes } from './network/cluster';
import { intended } from './network/intended';
import { type Cell, cellsOf, keyOf } from './network/matrix';
import { measure } from './network/measure';
import { placesOf } from './network/party';
import type { Result } from './verdict';

const CONTROL = 'NetworkPolicy';

/** kubectl of the cluster that is proven, as measurements use it. */
export const kubectlOf = ({ kubeconfig, context, kubectl = 'kubectl' }: Target): Kubernetes => ({
  kubectl: (args, input) => {
    const target = [
      ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
      ...(context === undefined ? [] : [`--context=${context}`]),
    ];
    const { status, stdout, stderr } = spawnSync(kubectl, [...target, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    return { ok: status === 0, out: `${stdout ?? ''}${stderr ?? ''}`, stdout: stdout ?? '' };
  },
});

const AGENT = /^agent /;
/** Threats that a closed door between two parties stands against. */
export const threatsOfCell = ({ from, to }: Pick<Cell, 'from' | 'to'>): string[] => [
  'policy-not-enforced',
  ...(AGENT.test(from.id) ? ['advisory-control-point'] : []),
  ...(/metadata/.test(to.id) ? ['metadata-address'] : []),
  ...(AGENT.test(from.id) && /DNS|name server/i.test(to.id) ? ['dns-exfiltration'] : []),
  ...(/^API server/.test(to.id) ? ['api-server-from-a-pod'] : []),
];

/** Threats that measured connections stand against. */
export const MEASURED_THREATS = [
  'advisory-control-point',
  'metadata-address',
  'dns-exfiltration',
  'api-server-from-a-pod',
];

const line = (cell: Cell, open: boolean, rest: Pick<Result, 'state' | 'why' | 'evidence'>): Result => ({
  id: `network/${open ? 'open' : 'closed'}`,
  control: CONTROL,
  threats: open ? [] : threatsOfCell(cell),
  what: open ? 'a connection that the declaration wants' : 'a connection that nobody declared',
  expect: open ? 'allowed' : 'refused',
  on: keyOf(cell),
  ...rest,
});

/**
 * Whether a connection is tried on a cluster that somebody works with: between pods, and to what every cluster has.
 * Upstreams and the addresses beside them belong to others, who would take it for a scan.
 */
const isOurs = ({ from, to }: Cell): boolean =>
  [from, to].every(({ id, at }) => at.kind === 'pod' || /^(API server|own node|metadata)/.test(id));

interface Connecting {
  readonly target: Target;
  /** Of a copy whose neighbours stand in namespaces of their own (relocated.ts). */
  readonly declaration: EnvironmentDeclaration;
  readonly objects: readonly Manifest[];
  /** Of the probe program. @default - nothing is measured */
  readonly image?: string;
}

/** Every connection of an environment, measured between pods under its policies and compared with what was declared. */
export async function connections({ target, declaration, objects, image }: Connecting): Promise<Result[]> {
  const cells = cellsOf(declaration);
  const wanted = intended(declaration, cells);
  const none = (why: string): Result[] => [
    {
      id: 'network/unmeasured',
      control: CONTROL,
      threats: MEASURED_THREATS,
      what: `${cells.length} connections, each open or closed as declared`,
      expect: 'refused',
      state: 'unproven',
      why,
      evidence: '',
    },
  ];
  if (image === undefined) return none('connections are measured with --probe-image <image>');
  const labels = ownLabels(declaration.name);
  try {
    const { matrix } = await measure(kubectlOf(target), {
      cells: cells.filter(isOurs),
      nodePort: placesOf(declaration).nodePort,
      objects: objects.map((object) => marked(object, labels)),
      image,
      expected: wanted,
    });
    return cells.map((cell) => {
      const open = wanted.get(keyOf(cell)) === true;
      const found = matrix.get(keyOf(cell));
      if (found === undefined)
        return line(cell, open, {
          state: 'unproven',
          why: isOurs(cell)
            ? 'it does not answer without policies either'
            : 'addresses of other networks are not tried',
          evidence: '',
        });
      const evidence = found ? 'connected' : 'not connected';
      if (found === open) return line(cell, open, { state: 'proven', evidence });
      return line(cell, open, { state: 'failed', why: open ? 'it is cut' : 'it is open', evidence });
    });
  } catch (error) {
    return none(`connections could not be measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}
