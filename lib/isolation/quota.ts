import { Construct } from 'constructs';
import type { Context } from '../context';
import { KubeObject } from '../k8s';

/** What the pods of one namespace ask for, with one extra replica of each for a rollout. */
export interface Demand {
  pods: number;
  milliCpu: number;
  mebibytes: number;
}

const milli = (cpu: string): number => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000);
const mebi = (memory: string): number =>
  memory.endsWith('Gi') ? Number(memory.slice(0, -2)) * 1024 : Number(memory.slice(0, -2));

interface Sized {
  readonly resources?: { readonly requests?: Readonly<Record<string, unknown>> };
}

/** Adds a workload's pods to a demand. */
export function addDemand(demand: Demand, replicas: number, containers: readonly Sized[]): void {
  const pods = replicas + 1;
  demand.pods += pods;
  for (const { resources } of containers) {
    demand.milliCpu += pods * milli(String(resources?.requests?.cpu ?? '0'));
    demand.mebibytes += pods * mebi(String(resources?.requests?.memory ?? '0Mi'));
  }
}

/** Bounds of one namespace: a runaway or hijacked workload starves itself, nobody else. */
export class Quota extends Construct {
  /** @param none resources of which no pod may ask for any */
  constructor(
    scope: Construct,
    id: string,
    context: Context,
    namespace: string,
    demand: Demand,
    none: readonly string[],
  ) {
    super(scope, id);
    const cpu = `${demand.milliCpu}m`;
    const memory = `${demand.mebibytes}Mi`;
    new KubeObject(this, 'Default', 'ResourceQuota', {
      metadata: context.metadata('quota', {
        namespace,
        purpose: 'what is declared, one replica of each more, and nothing else',
      }),
      spec: {
        hard: {
          pods: String(demand.pods),
          'requests.cpu': cpu,
          'limits.cpu': cpu,
          'requests.memory': memory,
          'limits.memory': memory,
          'services.nodeports': '0',
          'services.loadbalancers': '0',
          ...Object.fromEntries(none.map((resource) => [`requests.${resource}`, '0'])),
        },
      },
    });
    new KubeObject(this, 'limits', 'LimitRange', {
      metadata: context.metadata('limits', { namespace, purpose: 'a container without limits gets small ones' }),
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '250m', memory: '128Mi', 'ephemeral-storage': '256Mi' },
            defaultRequest: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '256Mi' },
          },
        ],
      },
    });
  }
}
