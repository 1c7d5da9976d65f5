/** What kubectl answered. */
interface Said {
  readonly ok: boolean;
  readonly out: string;
  readonly stdout: string;
}

/** The cluster that a measurement talks to. */
export interface Kubernetes {
  kubectl(args: readonly string[], input?: string): Said;
}

/** Runs kubectl and gives what it printed. @throws with kubectl's own words */
export const must = (cluster: Kubernetes, args: readonly string[], input?: string): string => {
  const { ok, out, stdout } = cluster.kubectl(args, input);
  if (!ok) throw new Error(`kubectl ${args.slice(0, 6).join(' ')}: ${out.trim()}`);
  return stdout;
};

/** One list: kubectl guesses whether a stream is JSON, and takes the lines between JSON documents for part of it. */
const listOf = (items: readonly unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

export const create = (cluster: Kubernetes, objects: readonly unknown[]): void => {
  if (objects.length > 0) must(cluster, ['apply', '--server-side', '--force-conflicts', '-f', '-'], listOf(objects));
};

/** Waits until something holds, asking every so many seconds. @throws after `seconds`, saying what did not come */
export const until = async <T>(what: string, seconds: number, holds: () => T | undefined, every = 1): Promise<T> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = holds();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`after ${seconds} seconds: ${what}`);
    await new Promise((done) => setTimeout(done, every * 1000));
  }
};

// biome-ignore lint/suspicious/noExplicitAny: an object of the cluster
export const read = (cluster: Kubernetes, ...args: readonly string[]): any =>
  JSON.parse(must(cluster, ['get', ...args, '-o', 'json']));
