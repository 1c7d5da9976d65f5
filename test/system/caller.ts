import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../cluster';
import type { BenchEnvironment } from './environment';

/** Asks agents as the gateway does: mutual TLS to the sidecar, over the pod's address. */
export class Caller {
  private readonly keys: string;

  constructor(
    private readonly cluster: Cluster,
    private readonly environment: BenchEnvironment,
  ) {
    this.keys = join(cluster.folder ?? '', 'keys', environment.agents);
    mkdirSync(this.keys, { recursive: true });
    const { data } = cluster.get('secret', 'gateway-tls', '-n', environment.control);
    for (const [file, text] of Object.entries(data as Record<string, string>))
      writeFileSync(join(this.keys, file), Buffer.from(text, 'base64'), { mode: 0o600 });
  }

  // biome-ignore lint/suspicious/noExplicitAny: pods as the API server gives them
  pods(agent: string): any[] {
    return this.cluster.get('pods', '-n', this.environment.agents, '-l', `firepit.dev/agent=${agent}`).items;
  }

  /** @returns what the agent answers, empty where nobody does */
  ask(agent: string, path: string): string {
    const [pod] = this.pods(agent).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const host = `${agent}.${this.environment.agents}.svc`;
    const key = (file: string): string => join(this.keys, file);
    const { ok, out } = this.cluster.within('curl', [
      ...['--silent', '--fail', '--max-time', '5', '--resolve', `${host}:8443:${pod?.status.podIP ?? '192.0.2.1'}`],
      ...['--cacert', key('ca.crt'), '--cert', key('tls.crt'), '--key', key('tls.key'), `https://${host}:8443${path}`],
    ]);
    return ok ? out : '';
  }

  serves(agent: string): boolean {
    return this.ask(agent, '/hello').includes('stand-in of an agent: GET /hello');
  }
}
