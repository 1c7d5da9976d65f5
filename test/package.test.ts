import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readTree } from './support/golden';
import { copyApps } from './support/installed';

const ROOT = join(__dirname, '..');
let project: string;

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What `npm install` of the package brings, by the lock file: what only development or the services need is not there. */
function runtimePackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const found = new Set<string>();
  const add = ({ dependencies, optionalDependencies }: Locked): void => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (found.has(name)) continue;
      found.add(name);
      add(packages[`node_modules/${name}`] ?? {});
    }
  };
  add(packages[''] ?? {});
  return [...found].filter((name) => existsSync(join(ROOT, 'node_modules', name)));
}

function link(name: string): void {
  const to = join(project, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), to);
}

const node = (...args: readonly string[]) => {
  const { CDK8S_OUTDIR: _, ...env } = process.env;
  return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', env });
};

beforeAll(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'firepit-package-')));
  const npm = { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', project], npm)
    .trim()
    .split('\n')
    .at(-1);
  execFileSync('tar', ['-xzf', packed ?? ''], { cwd: project });
  for (const name of [...runtimePackages(), 'typescript', '@types/node', 'undici-types']) link(name);
  cpSync(join(project, 'package'), join(project, 'node_modules/firepit'), { recursive: true });
  copyApps(ROOT, project);
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        module: 'node20',
        types: ['node'],
        resolveJsonModule: true,
        esModuleInterop: true,
        noEmit: true,
      },
      include: ['apps'],
    }),
  );
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the package, installed into an empty project', () => {
  test('holds what runs and what explains it, and nothing else', () => {
    const tops = new Set([...readTree(join(project, 'package')).keys()].map((path) => path.split('/')[0]));
    expect(
      [...tops].filter(
        (top) => !['build', 'docs', 'package.json'].includes(top ?? '') && !/^[A-Z]+(\.md)?$/.test(top ?? ''),
      ),
    ).toEqual([]);
    expect(tops).toContain('build');
    expect(readFileSync(join(project, 'package/build/cli/main.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('from TypeScript: its declarations are whole, a typo does not compile, and it writes what the sources write', () => {
    // Of these, the compiler would report a missing error as well.
    writeFileSync(
      join(project, 'apps/shared/typo.ts'),
      `import { fork } from 'firepit';
       import { supportDesk, type SupportDeskProps } from 'firepit/blueprints';
       export const sound = (props: SupportDeskProps) => fork(supportDesk(props), { agents: { triage: { tools: ['tickets.search'] } } });
       // @ts-expect-error
       export const typo = (props: SupportDeskProps) => fork(supportDesk(props), { agents: { triage: { tools: ['tickets.serach'] } } });`,
    );
    const ran = node('node_modules/firepit/build/cli/main.js', 'synth');
    expect({ stderr: ran.stderr, status: ran.status }).toEqual({ stderr: '', status: 0 });
    expect(ran.stdout).toMatch(/^wrote \d+ environments, \d+ objects to dist\n/);
    const { CDK8S_OUTDIR: _, ...env } = process.env;
    const ours = spawnSync(
      process.execPath,
      ['--require', 'tsx/cjs', 'cli/main.ts', 'synth', '--no-typecheck', '--out', join(project, 'sources')],
      { cwd: ROOT, encoding: 'utf8', env },
    );
    expect(ours.status).toBe(0);
    expect(readTree(join(project, 'dist'))).toEqual(readTree(join(project, 'sources')));
  });

  test('what needs the services says so in one message', () => {
    const ran = node('node_modules/firepit/build/cli/main.js', 'dev', 'support-desk');
    expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 11, stdout: '' });
    expect(ran.stderr).toMatch(/^error: firepit dev runs the services .*\n {2}fix: run it in a checkout .*\n$/);
  });

  test('from plain JavaScript: the same promises hold at run time', () => {
    writeFileSync(
      join(project, 'plain.js'),
      `const { App, AgentEnvironment, environment, EXIT_CODES, FirepitError, State } = require('firepit');
       const { supportDesk } = require('firepit/blueprints');
       const contract = require('firepit/contract');
       try {
         environment({ name: 'x', oops: 1 });
       } catch (error) {
         console.log(error instanceof FirepitError, error.exit, /oops/.test(error.message));
       }
       console.log(typeof App, typeof AgentEnvironment, typeof supportDesk, typeof contract, typeof State.bundled, EXIT_CODES.ok.code);`,
    );
    const ran = node('plain.js');
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toBe('true declaration true\nfunction function function object function 0\n');
    const inside = node('-e', "require('firepit/build/lib/k8s')");
    expect(inside.stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
