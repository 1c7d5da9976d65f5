import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

export const ROOT = join(__dirname, '../..');
const TSX = join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs');

const projects: string[] = [];
afterAll(() => {
  for (const folder of projects) rmSync(folder, { recursive: true, force: true });
});

/** A project of its own that finds this checkout as the package `firepit`. */
export function project(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firepit-project-')));
  projects.push(folder);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** An app of one support desk. */
export const app = (name: string, { before = '', after = 'app.synth();', props = '{}' } = {}): string => `
import { supportDesk } from ${JSON.stringify(join(ROOT, 'blueprints'))};
import { AgentEnvironment, App } from ${JSON.stringify(join(ROOT, 'lib'))};
import { kubernetes as platform } from ${JSON.stringify(join(ROOT, 'apps/shared/platforms'))};
import { agentImage, database, images, owner } from ${JSON.stringify(join(ROOT, 'apps/shared/support-desk'))};
const props = { owner, platform, images, agentImage, state: database('x'), replicas: 1, host: 'a.example.com', approvalsHost: 'b.example.com' };
${before}
const app = new App(${props});
const desk = new AgentEnvironment(app, supportDesk({ ...props, name: '${name}' }));
${after}
`;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a TypeScript file as `tsx` does. */
export const node = (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  new Promise((done, fail) => {
    const { CDK8S_OUTDIR: _, NO_COLOR: __, ...inherited } = process.env;
    const child = spawn(process.execPath, ['--require', TSX, ...args], { cwd, env: { ...inherited, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });

/** Runs the command from its sources. */
export const firepit = (cwd: string, ...args: readonly string[]): Promise<Ran> =>
  node(cwd, [join(ROOT, 'cli/main.ts'), ...args]);

/** What stands in a project, beside what it was made of. */
export const written = (cwd: string): string[] =>
  readdirSync(cwd)
    .filter((name) => !['apps', 'node_modules', 'tsconfig.json', 'package.json'].includes(name))
    .sort();
