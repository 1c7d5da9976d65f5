import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Pki } from '../envoy/pki';
import { Pod } from '../envoy/pod';
import { ENVOY, get, until } from '../envoy/run';
import { World } from '../envoy/world';

/** What a process beside the sidecar got. */
interface Loot {
  readonly attempts: number;
  readonly taken: readonly string[];
  readonly connections: number;
  /** What callers said to it once they trusted it. */
  readonly heard: readonly string[];
}

/** A process of the agent's pod that wants the sidecar's port, with a certificate of its own making. */
class Thief {
  private said = '';
  private readonly process: ChildProcess;

  constructor(port: number, uid: number, folder: string) {
    const { cert, key } = new Pki(join(folder, 'thief')).leaf('triage.desk.svc');
    const [certificate, secret] = [join(folder, 'thief.crt'), join(folder, 'thief.key')];
    writeFileSync(certificate, cert);
    writeFileSync(secret, key);
    const script = join(__dirname, 'thief.py');
    this.process = spawn('python3', [script, String(port), String(uid), certificate, secret], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.process.stdout?.on('data', (chunk) => {
      this.said += chunk;
    });
  }

  says(word: string): boolean {
    return this.said.includes(word);
  }

  async leave(): Promise<Loot> {
    const gone = new Promise((done) => this.process.once('close', done));
    this.process.kill('SIGTERM');
    await gone;
    return JSON.parse(this.said.trim().split('\n').at(-1) ?? '{}');
  }
}

const OWN = process.getuid?.() ?? 0;
const NOBODY = 65_534;
const REQUESTS = 40;
const bench = ENVOY === '' ? describe.skip : describe;
if (ENVOY === '')
  process.stdout.write("the sidecar's port is not defended here: it needs Envoy, npm run test:system brings it\n");

/** The sidecar of triage behind a real gateway. */
class Scene {
  readonly world = new World();
  readonly pod = new Pod(this.world, 'triage');
  private thief: Thief | undefined;

  async open(edit?: (bootstrap: Record<string, unknown>) => unknown): Promise<void> {
    await this.pod.reserve();
    await this.world.start({ governor: true, triage: this.pod.inbound });
    await this.pod.start(edit);
    this.pod.identify();
    await this.isBack();
  }

  async isBack(): Promise<void> {
    await this.pod.until('the agent answers', async () => (await this.ask()) === 200, 45);
  }

  async ask(): Promise<number> {
    return (await this.world.front('/agents/triage/ask', { headers: { authorization: 'Bearer user' } })).status;
  }

  async askMany(): Promise<number[]> {
    const statuses: number[] = [];
    for (let i = 0; i < REQUESTS; i++) statuses.push(await this.ask());
    return statuses;
  }

  async letIn(uid: number): Promise<Thief> {
    this.thief = new Thief(this.pod.inbound, uid, this.world.root);
    await until('the thief tries', () => this.thief?.says('trying') ?? false);
    return this.thief;
  }

  async close(): Promise<void> {
    await this.pod.stop();
    await this.world.stop();
  }
}

const answered = Array<number>(REQUESTS).fill(200);

bench('the port of a sidecar', () => {
  const scene = new Scene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(() => {
    scene.pod.asked.length = 0;
  });

  test.each(['before its restart', 'and again'])('nobody with its uid takes it while it runs: %s', async () => {
    const thief = await scene.letIn(OWN);
    expect(await scene.askMany()).toEqual(answered);
    const loot = await thief.leave();
    expect(loot.attempts).toBeGreaterThan(10);
    expect(loot).toMatchObject({ taken: [], connections: 0, heard: [] });
    expect(scene.pod.asked.length).toBe(REQUESTS);
  });

  test('who takes it while the sidecar is away gets callers, and not one of them trusts it', async () => {
    const thief = await scene.letIn(OWN);
    await scene.pod.crash();
    await until('the thief has the port', () => thief.says('taken'));
    expect(await scene.askMany()).not.toContain(200);
    // kubelet starts the sidecar while the thief is there: it cannot bind, and nothing reaches either of them.
    scene.pod.restart();
    expect(await scene.askMany()).not.toContain(200);
    const loot = await thief.leave();
    expect(loot.taken).not.toEqual([]);
    expect(loot.connections).toBeGreaterThan(0);
    expect(loot.heard).toEqual([]);
    expect(scene.pod.asked).toEqual([]);
  });

  test('after its restart it is the sidecar again, and nobody takes it', async () => {
    await scene.pod.crash();
    scene.pod.restart();
    await scene.isBack();
    scene.pod.asked.length = 0;
    const thief = await scene.letIn(OWN);
    expect(await scene.askMany()).toEqual(answered);
    expect(await thief.leave()).toMatchObject({ taken: [], connections: 0, heard: [] });
    expect(scene.pod.asked.length).toBe(REQUESTS);
  });

  test('its health stays its own', async () => {
    expect(await get(scene.pod.health, '/live')).toBe(200);
  });
});

bench('a sidecar that would share its port', () => {
  const scene = new Scene();
  beforeAll(() =>
    scene.open((bootstrap) =>
      JSON.parse(JSON.stringify(bootstrap).replaceAll('"enable_reuse_port":false', '"enable_reuse_port":true')),
    ),
  );
  afterAll(() => scene.close());

  test('loses it to its own uid: what the setting is for', async () => {
    const thief = await scene.letIn(OWN);
    await until('the thief has the port', () => thief.says('taken'));
    expect((await thief.leave()).taken).not.toEqual([]);
  });

  test('and keeps it from another uid', async () => {
    const thief = await scene.letIn(NOBODY);
    expect(await scene.askMany()).toEqual(answered);
    expect(await thief.leave()).toMatchObject({ taken: [], connections: 0, heard: [] });
  });
});
