import type { Manifest } from '../../lib/synth/object';
import { podManifest } from '../network/pods';
import type { Requests } from '../requests';
import type { Loose } from '../subject';
import { bad, type Finding, good, type Question, unknown } from './finding';

const PORT = 8443;
const START_SECONDS = 120;
const CLOSE_SECONDS = 30;
const ID = 'network-policy';
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

/** Asks until there is an answer. @returns undefined at the deadline */
async function within<T>(seconds: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() > end) return answer;
    await pause();
  }
}

class Pair {
  constructor(
    private readonly requests: Requests,
    private readonly namespace: string,
    private readonly image: string,
  ) {}

  /** Starts a pod. @returns why it does not run, or its address */
  async start(name: string, args: readonly string[]): Promise<{ readonly address: string } | string> {
    const { namespace } = this;
    const pod = podManifest({ name, namespace, labels: { app: name }, args }, this.image) as Manifest;
    const refused = await this.requests.apply(pod);
    if (!refused.ok) return refused.message;
    let why = 'it was not scheduled';
    const address = await within(START_SECONDS, async () => {
      const { body } = await this.requests.read({ apiVersion: 'v1', kind: 'Pod', name, namespace });
      const status = body?.status;
      why = status?.containerStatuses?.[0]?.state?.waiting?.message ?? status?.phase ?? why;
      const ready = status?.conditions?.some((c: Loose) => c.type === 'Ready' && c.status === 'True');
      return ready ? (status.podIP as string) : undefined;
    });
    return address === undefined ? why : { address };
  }

  /** Waits until the watcher finds the door so. */
  async door(open: boolean, seconds: number): Promise<boolean> {
    const path = `/api/v1/namespaces/${this.namespace}/pods/watcher/log?tailLines=1`;
    const seen = await within(seconds, async () => {
      const { body } = await this.requests.api.get(path);
      const last = typeof body === 'string' ? body.trim().split('\n').at(-1) : JSON.stringify(body);
      return last?.includes(`"open":"${open ? 1 : 0}"`) ? true : undefined;
    });
    return seen === true;
  }
}

/** A pair of pods that must not connect: network plug-ins without an engine store policies and enforce none. */
export const networkPolicy: Question = async ({ requests, namespace, noNamespace, probeImage }): Promise<Finding[]> => {
  if (probeImage === undefined)
    return [unknown(ID, 'not probed: no image to probe with', 'name one: firepit doctor --probe-image <image>')];
  if (namespace === undefined)
    return [unknown(ID, `not probed: ${noNamespace}`, 'ask as somebody who may create namespaces')];
  const pair = new Pair(requests, namespace, probeImage);
  const listener = await pair.start('listener', ['listen', `tcp:${PORT}`]);
  if (typeof listener === 'string')
    return [unknown(ID, `the probe does not run: ${listener}`, 'name an image that the nodes can pull')];
  const host = listener.address.includes(':') ? `[${listener.address}]` : listener.address;
  const watcher = await pair.start('watcher', ['watch', `tcp:${host}:${PORT}`]);
  if (typeof watcher === 'string')
    return [unknown(ID, `the probe does not run: ${watcher}`, 'name an image that the nodes can pull')];
  // A door that was never open proves nothing when it is closed.
  if (!(await pair.door(true, CLOSE_SECONDS)))
    return [unknown(ID, 'the pods do not connect without any policy', 'see whether the network of the cluster works')];
  await requests.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
  return [
    (await pair.door(false, CLOSE_SECONDS))
      ? good(ID, 'a pair of pods connects, and under a NetworkPolicy that denies it does not')
      : bad(
          ID,
          `under a NetworkPolicy that denies, a pair of pods still connects after ${CLOSE_SECONDS} s`,
          'install a network plug-in that enforces NetworkPolicy in both directions, such as Cilium or Calico',
        ),
  ];
};
