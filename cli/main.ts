#!/usr/bin/env node
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
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
    .option('--coverage', 'tell what stands against each threat: rules, refusal, proof')
    .addOption(
      new Option('--proof <file>', 'for --coverage: the proof that `firepit prove --json` wrote of an environment')
        .implies({ coverage: true })
        .argParser((file: string, before: readonly string[] = []) => [...before, file]),
    )
    .option('--json', 'print the result as JSON')
    .action((files, options) => (require('./check') as typeof import('./check')).check(files, options));
  root
    .command('list')
    .description('list environments, agents, tools, models and objects; writes nothing')
    .argument('[apps...]', apps)
    .option('--secrets', 'list the Secrets that must be created, with the commands that create them')
    .option('--json', 'print the result as JSON')
    .action((files, options) => (require('./list') as typeof import('./list')).list(files, options));
  root
    .command('explain')
    .description('say what an agent may do, where an object comes from, or what a rule or threat is about')
    .argument('<name>', 'an agent, an object such as "Deployment desk/triage", a rule or a threat')
    .argument('[apps...]', apps)
    .option('--json', 'print the result as JSON')
    .action((name, files, options) =>
      (require('./explain') as typeof import('./explain')).explain(name, files, options),
    );
  root
    .command('dev')
    .description('run an environment on this machine, with stand-ins for what it uses, and show its decisions')
    .argument('<environment>', 'name of an environment of apps/*.ts, with or without -dev, or a file that declares one')
    .option('--once', 'play the script, or run --agent to its end, and exit')
    .option('--agent <command>', 'run this command as an agent, with the variables of its container')
    .option('--as <agent>', 'which agent the command runs as (default: the first)')
    .option('--state <folder>', 'where database and log are kept (default: a temporary folder)')
    .option('--json', 'print what is recorded as lines of JSON, and everything else to standard error')
    .action((environment, options) => (require('./dev') as typeof import('./dev')).dev(environment, options));
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
    .option('--call-image <image>', 'make calls through sidecar, gateway and governor with pods of this image')
    .option('--database-image <image>', 'for --call-image: PostgreSQL, told as the official image postgres is')
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
  root
    .command('completion')
    .description('print the script by which a shell completes firepit')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']))
    .action((shell) => {
      const { completion } = require('./completion') as typeof import('./completion');
      process.stdout.write(completion(root, shell));
    });
  const audit = root.command('audit').description('read and verify the log of decisions in a folder, offline');
  const folder = (command: Command): Command =>
    command.argument('[folder]', 'folder of the log, the one with the file checkpoint', '.');
  const key = (command: Command): Command =>
    command.option('--key <key>', 'public key of the ledger: a vkey, or a file with one or with PEM');
  key(folder(audit.command('verify').description('recompute the log from its entries up and find every change')))
    .option('--since <file>', 'earlier checkpoint: nothing before it may have changed')
    .option('--json', 'print the result as JSON')
    .action((path, options) => (require('./audit') as typeof import('./audit')).auditVerify(path, options));
  const reading = () => require('./audit-read') as typeof import('./audit-read');
  folder(audit.command('tail').description('print the last entries'))
    .option('--lines <count>', 'how many', count, 20)
    .option('--follow', 'go on with those that come')
    .action((path, options) => reading().auditTail(path, options));
  key(folder(audit.command('show').argument('<decision>', 'id of a decision')))
    .description('tell who, what, where, why and how of a decision, and what followed')
    .option('--json', 'print the entries as JSON')
    .action((decision, path, options) => reading().auditShow(decision, path, options));
  key(folder(audit.command('export').description('print every entry as a line of JSON'))).action((path, options) =>
    reading().auditExport(path, options),
  );
  return root;
}

const count = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a number from 1 is expected.');
  return Number(text);
};

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) process.exitCode = report(error);
    else process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage.code;
  }
}

if (require.main === module) void main();
