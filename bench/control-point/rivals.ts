import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePorts, get, until } from '../../dev/loopback';
import { installed } from './installed';
import { Child, CORE } from './processes';
import { MODEL } from './requests';

/**
 * Gateways of others that the same requests go through. They govern nothing; they are what a team would have instead.
 * None is a dependency: each is installed once, at its version, into a cache outside of the repository.
 */
export const RIVALS = {
  portkey: { version: '1.15.2', title: 'Portkey gateway 1.15.2' },
  // Versions after it ask for a release of certifi that is not on PyPI everywhere yet.
  litellm: { version: '1.106.0', title: 'LiteLLM proxy 1.106.0' },
} as const;
export type Rival = keyof typeof RIVALS;

export interface RunningRival {
  readonly process: Child;
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const ofRival = (name: Rival, install: (folder: string) => void): string =>
  installed(`${name}-${RIVALS[name].version}`, RIVALS[name].title, install);
const quietly = (program: string, args: readonly string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

async function ready(title: string, process_: Child, port: number, path: string): Promise<void> {
  const holds = async (): Promise<boolean> => !process_.running || (await get(port, path)) === 200;
  await until(`${title} is ready`, holds, 120).catch((error: Error) => {
    throw new Error(`${error.message}: ${process_.log}`);
  });
  if (!process_.running) throw new Error(`${title} does not run: ${process_.log}`);
}

async function portkey(upstream: number): Promise<RunningRival> {
  const { title, version } = RIVALS.portkey;
  const folder = ofRival('portkey', (prefix) =>
    quietly('npm', [
      ...['install', '--prefix', prefix, '--no-audit', '--no-fund', '--omit=dev', '--ignore-scripts'],
      `@portkey-ai/gateway@${version}`,
    ]),
  );
  const [port = 0] = await freePorts(1);
  const program = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const child = new Child(process.execPath, [program, `--port=${port}`, '--headless'], {
    core: CORE.subject,
    cwd: dirname(program),
  });
  await ready(title, child, port, '/');
  return {
    process: child,
    url: `http://127.0.0.1:${port}`,
    path: '/v1/chat/completions',
    headers: {
      authorization: 'Bearer of-the-stand-in',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
    },
  };
}

async function litellm(upstream: number): Promise<RunningRival> {
  const { title, version } = RIVALS.litellm;
  const folder = ofRival('litellm', (venv) => {
    quietly('python3', ['-m', 'venv', venv]);
    quietly(join(venv, 'bin/pip'), ['install', '--quiet', `litellm[proxy]==${version}`]);
  });
  const config = join(folder, `config-${process.pid}.json`);
  const params = { model: `openai/${MODEL}`, api_base: `http://127.0.0.1:${upstream}/v1`, api_key: 'of-the-stand-in' };
  writeFileSync(
    config,
    JSON.stringify({
      model_list: [{ model_name: MODEL, litellm_params: params }],
      litellm_settings: { telemetry: false },
    }),
  );
  const [port = 0] = await freePorts(1);
  // It starts with no door open alone.
  const key = `sk-${randomBytes(32).toString('hex')}`;
  const args = ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'];
  const child = new Child(join(folder, 'bin/litellm'), args, {
    core: CORE.subject,
    // Its list of prices would come from the network at each start.
    env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', LITELLM_MASTER_KEY: key },
  });
  await ready(title, child, port, '/health/liveliness').finally(() => rmSync(config, { force: true }));
  return {
    process: child,
    url: `http://127.0.0.1:${port}`,
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${key}` },
  };
}

const START: Readonly<Record<Rival, (upstream: number) => Promise<RunningRival>>> = { portkey, litellm };

/** Starts a rival before the upstream's plain port. @throws Error when it cannot be had here */
export const startRival = (name: Rival, upstream: number): Promise<RunningRival> => START[name](upstream);
