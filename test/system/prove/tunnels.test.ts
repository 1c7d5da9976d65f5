import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ownProgram } from '../../../cluster/own-program';
import type { Entry } from '../../../contract';
import { Duration, OpaqueHost, Private, Sequence } from '../../../lib';
import { namesOf, PORT } from '../../../lib/names';
import type { Call } from '../../../proof/control-point/calls';
import { judgeCall } from '../../../proof/control-point/prove';
import { idOf, questionOf } from '../../../proof/control-point/question';
import type { Reply } from '../../../proof/control-point/stage';
import { tunnelsOf } from '../../../proof/control-point/tunnels';
import { needsOf } from '../../../services/governor/store/needs';
import { decisionWritten, outcomeWritten } from '../../../services/governor/store/write';
import { changed } from '../../support/desk';
import { ControlPoint, type Start } from '../control-point/control-point';
import { startPods } from '../control-point/start-pods';
import { Pod } from '../envoy/pod';
import { declaration } from '../envoy/world';
import { openGateway } from './broken';

/** What `firepit prove` tries of tunnels, with the probe program, real sidecars and gateway, and a real governor. */

const HOST = 'packages.internal.example.com';
const BYTES = 256 * 1024;
const AGENTS = ['clerk', 'triage'] as const;

const desk = changed((draft) => {
  draft.tools.packages = OpaqueHost.at(Private.host(HOST, { cidrs: ['127.0.0.0/8'] }), {
    caps: { bytes: BYTES, connections: 1, duration: Duration.seconds(4) },
  });
  draft.agents.clerk.tools = ['crm.customer', 'packages.connect'];
  draft.agents.clerk.sequence = [Sequence.atMost(100, 'packages.connect', Duration.hours(1))];
}, declaration());

/** All but what network policies refuse; a tunnel that is not ended is watched for less long. */
const calls = AGENTS.flatMap((agent) => tunnelsOf(desk, agent))
  .filter(({ past }) => past !== 'the gateway')
  .map((call) => (call.tunnel?.seconds === undefined ? call : { ...call, tunnel: { ...call.tunnel, seconds: 15 } }));

/** One control point with the pods of its agents, and the host that tunnels lead to. */
class Tried {
  private readonly point = new ControlPoint(desk);
  private readonly pods = Object.fromEntries(AGENTS.map((agent) => [agent, new Pod(this.point.world, agent)]));
  private readonly arrived = new Set<string>();
  private readonly host: Server;

  constructor() {
    const { cert, key } = this.point.world.pki.leaf(HOST);
    this.host = createServer({ cert, key }, (request, response) => {
      this.arrived.add(String(request.headers['firepit-proof']));
      request.resume().on('end', () => response.end('ok'));
    });
  }

  /** `id agent: why` of each case that is not proven. @param start what is broken on purpose */
  async failures(start: Start): Promise<string[]> {
    const { point, pods, host } = this;
    await new Promise<void>((done) => host.listen(0, '127.0.0.1', done));
    for (const pod of Object.values(pods)) await pod.reserve();
    await point.start({ ...start, hosts: { [`${HOST}:443`]: (host.address() as AddressInfo).port } });
    await startPods(point, pods);
    const asked = async (some: readonly Call[]): Promise<Reply[]> =>
      (
        await Promise.all(
          AGENTS.map((agent) =>
            this.ask(
              agent,
              some.filter((call) => call.agent === agent),
            ),
          ),
        )
      ).flat();
    const replies = await asked(calls.filter(({ when }) => when === undefined));
    const entries = this.entries();
    await point.governor?.stop();
    replies.push(...(await asked(calls.filter(({ when }) => when !== undefined))));
    return calls.flatMap((call) => {
      const id = idOf(call);
      const reply = replies.find((one) => one.id === id);
      const { state, why, evidence } = judgeCall(call, reply, this.arrived.has(id), entries);
      return state === 'proven' ? [] : [`${id}: ${why} (${evidence})`];
    });
  }

  async stop(): Promise<void> {
    for (const pod of Object.values(this.pods)) await pod.stop();
    await this.point.stop();
    this.host.closeAllConnections();
    this.host.close();
  }

  /** What the store wrote of this would be these entries. */
  private entries(): Entry[] {
    const { memory, configured } = this.point;
    const scribe = { environment: desk.name, replica: 'governor', needs: needsOf(configured?.agents ?? {}) };
    return [
      // Heads in memory are no digests.
      ...memory.decisions.map((one) => decisionWritten(scribe, { ...one, head: undefined })),
      ...memory.outcomes.map((one) => outcomeWritten(scribe, one)),
    ].map(({ text }) => JSON.parse(text) as Entry);
  }

  private async ask(agent: (typeof AGENTS)[number], some: readonly Call[]): Promise<Reply[]> {
    const pod = this.pods[agent] as Pod;
    const here = (text: string): string =>
      text
        .replaceAll(`127.0.0.1:${PORT.outbound}`, `127.0.0.1:${pod.outbound}`)
        .replaceAll(`gateway.${desk.name}-control.svc:${PORT.back}`, `127.0.0.1:${this.point.world.backPort}`)
        .replaceAll('/var/run/firepit/', join(pod.root, 'var/run/firepit/'));
    const questions = some.map((call) => questionOf(call, namesOf(desk.name)));
    const { stdout } = await promisify(execFile)(ownProgram('stand-in'), ['ask', here(JSON.stringify(questions))]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Reply);
  }
}

const tried = async (start: Start = {}): Promise<string[]> => {
  const one = new Tried();
  try {
    return await one.failures(start);
  } finally {
    await one.stop();
  }
};

/** Whether the governor takes any first message for one that names the host. */
let believes = false;
jest.mock('../../../services/governor/parse/client-hello', () => {
  const real = jest.requireActual(
    '../../../services/governor/parse/client-hello',
  ) as typeof import('../../../services/governor/parse/client-hello');
  return { helloName: (bytes: Buffer) => (believes ? HOST : real.helloName(bytes)) };
});

test('as declared, all of it is proven', async () => {
  expect(await tried()).toEqual([]);
}, 180_000);

test.each<[string, Start, ...failed: string[]]>([
  [
    'a gateway that asks nobody about tunnels, and takes every host and port for the declared one',
    { edit: openGateway },
    ...['plain-text clerk', 'other-name clerk', 'over-bytes clerk', 'over-time clerk'],
    ...['other-host clerk', 'other-port clerk', 'undecided clerk', 'not-its-host triage'],
  ],
  [
    'a governor that counts further',
    {
      config: (config) => {
        const { tunnel, ...packages } = config.tools.packages as NonNullable<typeof config.tools.packages>;
        const wider = { ...tunnel, bytes: BYTES * 16 } as NonNullable<typeof tunnel>;
        return { ...config, tools: { ...config.tools, packages: { ...packages, tunnel: wider } } };
      },
    },
    'over-bytes clerk',
  ],
])(
  '%s has failed, in each case of its own',
  async (_, start, ...failed) => {
    const found = await tried(start);
    expect([found, found.map((line) => line.replace(/^tunnels\/|:.*$/gs, ''))]).toEqual([found, failed]);
  },
  180_000,
);

test('a governor that lets TLS for any host through has failed', async () => {
  believes = true;
  const found = await tried().finally(() => {
    believes = false;
  });
  expect(found).toEqual([
    expect.stringMatching(/^tunnels\/plain-text clerk: /),
    expect.stringMatching(/^tunnels\/other-name clerk: it reached its upstream/),
  ]);
}, 180_000);
