import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HEADER } from '../lib/gateway/headers';
import { bodyOf, traceOf } from './stand-in';
import type { AgentStep, Scenario } from './steps';
import { throughTunnel } from './tunnel';

/** What somebody was answered. */
export interface Seen {
  readonly trace: string;
  /** 0: nobody answered. */
  readonly status: number;
  readonly body: string;
}

const TIMEOUT_MILLISECONDS = 30_000;

/** `traceparent` of a request: https://www.w3.org/TR/trace-context-1/ */
export const traceparent = (trace: string): string => `00-${trace}-${trace.slice(0, 16)}-01`;

/** A small agent that does as its script says: it asks through its sidecar, with the run that it was given. */
export class ScriptedAgent {
  readonly reached = new Set<string>();
  private readonly server: Server;
  private readonly seen = new Map<Scenario, Promise<Seen[]>>();

  constructor(
    private readonly script: readonly Scenario[],
    /** Where its sidecar listens for it. */
    private readonly outbound: number,
    /** Who signed the certificates of whatever it tunnels to, in PEM. */
    private readonly ca: string,
  ) {
    this.server = createServer((request, response) => {
      this.work(request.headers, request).then(
        () => response.end('{"done":true}'),
        () => response.writeHead(500).end(),
      );
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  /** Acts in no run. */
  alone(scenario: Scenario): Promise<Seen[]> {
    return this.perform(scenario, undefined);
  }

  /** What it was answered in a scenario that it was asked for. */
  answers(scenario: Scenario): Promise<Seen[]> {
    return this.seen.get(scenario) ?? Promise.resolve([]);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async work(headers: IncomingHttpHeaders, body: AsyncIterable<Buffer>): Promise<void> {
    const trace = traceOf(headers);
    if (trace !== undefined) this.reached.add(trace);
    const text = await bodyOf(body as never);
    const scenario = this.script[(text === '' ? {} : JSON.parse(text)).scenario as number];
    if (scenario === undefined) return;
    const performed = this.perform(scenario, headers[HEADER.run] as string | undefined);
    this.seen.set(scenario, performed);
    await performed;
  }

  private async perform({ steps }: Scenario, handle: string | undefined): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (const step of steps) seen.push(await this.send(step, step.handle ?? handle));
    return seen;
  }

  private async send(step: AgentStep, handle: string | undefined): Promise<Seen> {
    const { request, trace } = step;
    if (request.tls === undefined) return this.ask(step, handle);
    const headers = { ...request.headers, traceparent: traceparent(trace) };
    const { ca, outbound: proxy } = this;
    return { trace, ...(await throughTunnel({ proxy, to: request.path, name: request.tls, ca, handle, headers })) };
  }

  private ask({ request, trace }: AgentStep, handle: string | undefined): Promise<Seen> {
    return new Promise((done) => {
      const nothing = (): void => done({ trace, status: 0, body: '' });
      const run = handle === undefined ? {} : { [HEADER.run]: handle };
      const headers = { ...request.headers, traceparent: traceparent(trace), ...run };
      const { method, path } = request;
      const options = { host: '127.0.0.1', port: this.outbound, method, path, headers, timeout: TIMEOUT_MILLISECONDS };
      const sent = httpRequest(options, (response) => {
        bodyOf(response).then((body) => done({ trace, status: response.statusCode ?? 0, body }), nothing);
      });
      sent.on('timeout', () => sent.destroy()).on('error', nothing);
      sent.end(request.body);
    });
  }
}
