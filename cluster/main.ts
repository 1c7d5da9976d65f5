import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from './cluster';
import { firstProcess } from './enclosure';
import { lacks, packagesFor } from './machine';
import { VERSIONS } from './versions';

const USAGE = `npm run cluster                      starts a one-node cluster and leaves it running
npm run cluster -- --folder FOLDER   with its state there
npm run cluster -- --kubernetes V    another version, such as v1.36.1
npm run cluster:down                 ends the clusters that were left running; with a folder, that one`;

/** Folders of clusters that were left running; those of a test run end with it. */
const left = (): string[] =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith('firepit-cluster-'))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => existsSync(join(folder, 'kept')) && firstProcess(folder) !== undefined);

async function up(args: readonly string[]): Promise<void> {
  const value = (option: string): string | undefined => {
    const at = args.indexOf(option);
    return at < 0 ? undefined : args[at + 1];
  };
  const kubernetes = value('--kubernetes') ?? VERSIONS.kubernetes;
  const folder = value('--folder');
  const cluster = await Cluster.start({ kubernetes, ...(folder === undefined ? {} : { folder }) });
  cluster.keep();
  process.stdout.write(
    `Kubernetes ${kubernetes} is ready.\n\n  export KUBECONFIG=${cluster.kubeconfig}\n\nnpm run cluster:down -- ${cluster.folder}   ends it\n`,
  );
}

/** Asks the supervisor to take the cluster away, and waits until its folder is gone. */
async function down(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const file = join(folder, 'enclosure.pid');
    if (firstProcess(folder) === undefined || !existsSync(file)) throw new Error(`no cluster runs in ${folder}`);
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGTERM');
    const end = Date.now() + 60_000;
    while (existsSync(file)) {
      if (Date.now() > end) throw new Error(`the cluster in ${folder} did not end within 60 s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    process.stdout.write(`ended: ${folder}\n`);
  }
  if (folders.length === 0) process.stdout.write('no cluster was left running\n');
}

/** Names of the Debian packages that this machine lacks, for a script that installs them. */
const packages = async (): Promise<void> => {
  process.stdout.write(`${packagesFor(lacks()).join(' ')}\n`);
};

const [command, ...args] = process.argv.slice(2);
const commands: Record<string, () => Promise<void>> = {
  up: () => up(args),
  down: () => down(args.length > 0 ? args : left()),
  packages,
};
const work = commands[command ?? '']?.() ?? Promise.reject(new Error(USAGE));
work.catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
