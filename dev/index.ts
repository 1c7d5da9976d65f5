import { join } from 'node:path';
import { entriesOf } from '../lib/entries';
import { EXIT_CODES, FirepitError } from '../lib/errors';
import { agentPath } from '../lib/gateway/paths';
import { DEFAULT_AGENT_PORT } from '../lib/names';
import type { Synthesis } from '../lib/synth/driver';
import { didYouMean } from '../lib/text';
import { ScriptedAgent } from './agent';
import { envoyProgram, onPath } from './envoy';
import { type Generated, generatedOf } from './generated';
import { Machine } from './machine';
import { movedEnv, OwnAgent } from './own-agent';
import { Play } from './play';
import { leftOutOf, scriptOf } from './script';
import { StateFolder } from './state';
import type { Scenario } from './steps';
import { countsInWords, type Output, View } from './view';

export interface DevOptions {
  /** Play the script, or run the own agent to its end, and exit. */
  readonly once?: boolean;
  /** Folder of database and log. @default - a temporary one; removed after `once`, else kept */
  readonly state?: string;
  /** Command of the shell that runs in the place of an agent. @default - the script */
  readonly agent?: string;
  /** Which agent it runs as. @default - the first */
  readonly as?: string;
}

/** One environment at work on this machine. */
class Development {
  private readonly generated: Generated;
  private readonly script: readonly Scenario[];
  private readonly view: View;
  private readonly scripted: Record<string, ScriptedAgent> = {};

  constructor(
    synthesis: Pick<Synthesis, 'declaration' | 'objects'>,
    private readonly options: DevOptions,
    private readonly output: Output,
    private readonly signal: AbortSignal,
  ) {
    this.generated = generatedOf(synthesis);
    this.script = scriptOf(this.generated.declaration);
    this.view = new View(output);
  }

  async run(): Promise<number> {
    const { declaration } = this.generated;
    const envoy = envoyProgram();
    if (onPath('openssl') === undefined)
      throw new FirepitError(
        'missing',
        'there is no openssl on PATH, which makes the certificates\n  fix: install openssl',
      );
    const own = this.options.agent === undefined ? undefined : this.ownName();
    const { origin = '' } = JSON.parse(this.generated.ledger['ledger.json'] ?? '{}') as { origin?: string };
    const state = StateFolder.open(this.options.state, origin);
    const temporary = this.options.once === true && this.options.state === undefined;
    try {
      this.output.text(`${declaration.name}: starting the gateway, the sidecars, the governor and the ledger`);
      const machine = await Machine.start(
        {
          generated: this.generated,
          envoy,
          state,
          agentPort: (agent, { outbound }, ca) =>
            this.agentPort(agent, own, new ScriptedAgent(this.script, outbound, ca)),
          told: (recorded) => this.view.show(recorded),
        },
        this.signal,
      );
      const code = await this.work(machine, own).finally(() => machine.stop());
      this.output.text(`decisions: ${countsInWords(this.view.counts)}`);
      return code;
    } catch (error) {
      if (this.signal.aborted) return EXIT_CODES.unproven.code;
      throw error;
    } finally {
      for (const agent of Object.values(this.scripted)) agent.close();
      state.release();
      if (temporary) state.remove();
      else this.tellLog(state);
    }
  }

  private async work(machine: Machine, own: string | undefined): Promise<number> {
    if (own === undefined) {
      const code = await this.play(machine);
      if (this.options.once === true || this.signal.aborted) return code;
      await this.tellPlaces(machine);
      await this.aborted();
      return code;
    }
    await this.tellPlaces(machine);
    return this.runOwn(machine, own);
  }

  /** The script, and the summary of it. */
  private async play(machine: Machine): Promise<number> {
    let [good, all] = [0, 0];
    for await (const played of new Play(machine, this.scripted, this.script).steps(this.signal)) {
      all++;
      if (played.problems.length === 0) good++;
      this.view.played(played);
    }
    const { red, green, yellow, dim } = this.output.paint;
    for (const line of leftOutOf(this.generated.declaration)) this.output.text(dim(`not tried of ${line}`));
    const line = `${good} of ${all} steps came out as declared`;
    if (good < all) this.output.text(red(line));
    else this.output.text(this.signal.aborted ? yellow(`${line}, and the rest was not tried`) : green(line));
    if (good < all) return EXIT_CODES.failed.code;
    return (this.signal.aborted ? EXIT_CODES.unproven : EXIT_CODES.ok).code;
  }

  private async runOwn(machine: Machine, own: string): Promise<number> {
    const env = movedEnv(this.generated.agents[own]?.env ?? {}, machine.outbound[own] ?? 0);
    const agent = new OwnAgent(this.options.agent ?? '', env);
    const code = await Promise.race([agent.ended, this.aborted()]);
    await agent.stop();
    if (code === undefined) return EXIT_CODES.ok.code;
    this.output.text(`the agent ended with exit code ${code}`);
    return (code === 0 ? EXIT_CODES.ok : EXIT_CODES.failed).code;
  }

  private ownName(): string {
    const names = Object.keys(this.generated.declaration.agents);
    const { as = names[0] ?? '' } = this.options;
    if (names.includes(as)) return as;
    throw new FirepitError(
      'usage',
      `${this.generated.declaration.name} has no agent ${as}\n  fix: ${didYouMean(as, names) ?? `--as one of ${names.join(', ')}`}`,
    );
  }

  /** The own agent listens where its container would; the scripted ones wherever there is room. */
  private async agentPort(agent: string, own: string | undefined, scripted: ScriptedAgent): Promise<number> {
    if (agent === own) return this.generated.declaration.agents[agent]?.port ?? DEFAULT_AGENT_PORT;
    this.scripted[agent] = scripted;
    return scripted.listen();
  }

  private aborted(): Promise<undefined> {
    return new Promise((resolve) => {
      if (this.signal.aborted) resolve(undefined);
      this.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  /** What somebody needs to try by hand. */
  private async tellPlaces(machine: Machine): Promise<void> {
    const { declaration, agents } = this.generated;
    const { text } = this.output;
    const [{ host, url: front }] = entriesOf(declaration);
    for (const [agent, { env }] of Object.entries(agents)) {
      text(`\nwhat ${agent} is given:`);
      for (const [name, value] of Object.entries(movedEnv(env, machine.outbound[agent] ?? 0)))
        text(`  export ${name}=${value}`);
      if ((declaration.agents[agent]?.mayAsk ?? []).length === 0) continue;
      const url = `${front}${agentPath(agent)}`;
      text(`to ask ${agent}:`);
      text(`  curl --cacert ${machine.ca} --connect-to ${host}::127.0.0.1:${machine.frontPort} \\`);
      text(`    -H 'authorization: Bearer ${await machine.person(agent)}' ${url}`);
    }
    text('\nCtrl-C ends it.\n');
  }

  private tellLog({ log, publicKey, path }: StateFolder): void {
    const { text } = this.output;
    text(`the log is kept in ${path}`);
    text(`  firepit audit verify ${log} --key ${publicKey}`);
    text(`  firepit audit tail ${log}`);
    text(`what the governor said of itself: ${join(path, 'governor.log')}`);
  }
}

/**
 * Runs an environment on this machine, from its generated configuration.
 * @returns the exit code
 * @throws FirepitError when it cannot run here
 */
export const dev = (
  synthesis: Pick<Synthesis, 'declaration' | 'objects'>,
  options: DevOptions,
  output: Output,
  signal: AbortSignal,
): Promise<number> => new Development(synthesis, options, output, signal).run();
