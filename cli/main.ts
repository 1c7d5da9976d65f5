#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { EXIT_CODES } from '../lib/errors';
import { report } from './report';
import { version } from './version';

const exitCodes = Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${code}  ${meaning}`)
  .join('\n');

// Each command is loaded when it is asked for: what is not needed costs no time.
export function program(): Command {
  const root = new Command('firepit')
    .description('Turns typed declarations of AI agents into the manifests of governed environments.')
    .version(version())
    .showSuggestionAfterError()
    .showHelpAfterError('(firepit --help lists the commands)')
    .addHelpText('after', `\nExit codes:\n${exitCodes}`)
    .exitOverride();
  const apps = 'files that define apps (default: apps/*.ts)';
  root
    .command('synth')
    .description('write the manifests of every environment, or of none')
    .argument('[apps...]', apps)
    .option('--out <folder>', 'where to write, one folder per environment (default: dist)')
    .option('--no-typecheck', 'do not run the TypeScript compiler first')
    .option('--json', 'print the result as JSON')
    .action((files, options) => (require('./synth') as typeof import('./synth')).synth(files, options));
  root
    .command('check')
    .description('judge every environment against the minimum bar; writes no manifests')
    .argument('[apps...]', apps)
    .option('--sarif <file>', 'write the findings for code-scanning services, as SARIF 2.1.0')
    .option('--json', 'print the result as JSON')
    .action((files, options) => (require('./check') as typeof import('./check')).check(files, options));
  root
    .command('list')
    .description('list environments, agents, tools, models and objects; writes nothing')
    .argument('[apps...]', apps)
    .option('--secrets', 'list the Secrets that must be created, with the commands that create them')
    .option('--json', 'print the result as JSON')
    .action((files, options) => (require('./list') as typeof import('./list')).list(files, options));
  const cluster = (command: Command): Command =>
    command
      .option('--kubeconfig <file>', 'kubeconfig of the cluster (default: as kubectl)')
      .option('--context <name>', 'context of the kubeconfig (default: its current one)')
      .option('--kubectl <path>', 'the kubectl to ask through (default: the one on PATH)');
  cluster(
    root
      .command('prove')
      .description('prove one environment on a cluster, on a copy that is made and removed')
      .argument('<environment>', 'name of an environment of apps/*.ts, or a file that declares one'),
  )
    .option('--json <file>', 'write the proof as JSON')
    .option('--junit <file>', 'write the proof as JUnit XML')
    .option('--html <file>', 'write the proof as one HTML page')
    .option('--probe-image <image>', 'measure who can reach whom with pods of this image')
    .action((environment, options) => (require('./prove') as typeof import('./prove')).prove(environment, options));
  cluster(
    root
      .command('doctor')
      .description('ask a cluster for everything that an environment needs; leaves nothing there')
      .argument('[app]', 'file that defines the environment (default: any environment on Kubernetes)'),
  )
    .option('--json', 'print the result as JSON')
    .option('--probe-image <image>', 'probe the network-policy engine with pods of this image')
    .action((app, options) => (require('./doctor') as typeof import('./doctor')).doctor(app, options));
  return root;
}

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) process.exitCode = report(error);
    else process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
  }
}

if (require.main === module) void main();
