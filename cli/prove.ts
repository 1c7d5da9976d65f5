import { existsSync } from 'node:fs';
import { AgentEnvironment, App } from '../lib';
import type { EnvironmentDeclaration } from '../lib/declaration';
import { EXIT_CODES, FirepitError } from '../lib/errors';
import { refusalOf, type Synthesis } from '../lib/synth/driver';
import type { Manifest } from '../lib/synth/object';
import { didYouMean } from '../lib/text';
import { Api } from '../proof/api';
import { connections, kubectlOf } from '../proof/connections';
import type { Images } from '../proof/control-point/neighbours';
import { controlPoint } from '../proof/control-point/prove';
import { twinOf } from '../proof/control-point/twin';
import { copyName, copyOf } from '../proof/copy';
import { relocated } from '../proof/network/relocated';
import { checkOutputs, type Output, writeOutputs } from '../proof/outputs';
import { preflight } from '../proof/preflight';
import { type Proof, proofOf } from '../proof/proof';
import { htmlOf } from '../proof/report/html';
import { junitOf } from '../proof/report/junit';
import { textOf } from '../proof/report/text';
import { Requests } from '../proof/requests';
import { Run } from '../proof/run';
import { takenAddresses } from '../proof/service-address';
import { appFiles } from './apps';
import { printFailures, progress, report } from './report';
import { ofEnvironments, runApps } from './run';

export interface ProveOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly kubectl?: string;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly probeImage?: string;
  readonly callImage?: string;
  readonly databaseImage?: string;
}

const outputsOf = ({ json, junit, html }: ProveOptions): Output<Proof>[] => [
  ...(json === undefined ? [] : [{ file: json, text: (proof: Proof) => `${JSON.stringify(proof, null, 2)}\n` }]),
  ...(junit === undefined ? [] : [{ file: junit, text: junitOf }]),
  ...(html === undefined ? [] : [{ file: html, text: htmlOf }]),
];

/** The copy of one environment: its app run with another name, so that patches and objects of its own are in it. */
async function copied(
  environment: string,
  taken: ReadonlySet<string>,
): Promise<{ readonly original: EnvironmentDeclaration; readonly synthesis: Synthesis } | number> {
  const isFile = existsSync(environment);
  const files = appFiles(isFile ? [environment] : []);
  const seen: string[] = [];
  let original: EnvironmentDeclaration | undefined;
  let synthesis: Synthesis | undefined;
  let copy = '';
  const failures = await runApps(
    files,
    ofEnvironments((result) => {
      if (result.synthesis.declaration.name !== copy) return;
      const refusal = refusalOf(result.synthesis);
      if (refusal !== undefined) throw refusal;
      synthesis = result.synthesis;
    }),
    {
      declared: (declaration) => {
        seen.push(declaration.name);
        if (original !== undefined || !(isFile || declaration.name === environment)) return declaration;
        original = declaration;
        copy = copyName(declaration.name);
        return relocated(copyOf(declaration, copy, taken), copy);
      },
    },
  );
  if (original !== undefined && synthesis !== undefined) return { original, synthesis };
  if (failures.length > 0) {
    printFailures(failures);
    return failures[0]?.code ?? EXIT_CODES.app.code;
  }
  throw new FirepitError(
    'usage',
    `no app declares the environment ${environment}\n  fix: ${didYouMean(environment, seen) ?? `name one of ${seen.join(', ') || 'your environments'}, or a file that declares one`}`,
  );
}

/** Both images, or none: one alone makes no calls. */
const imagesOf = ({ callImage: calls, databaseImage: database }: ProveOptions): Images | undefined =>
  calls === undefined || database === undefined ? undefined : { calls, database };

/** A copy that may run, of the declaration alone: what an app adds or patches is in the other one. */
const twinWritten = (original: EnvironmentDeclaration, taken: ReadonlySet<string>) => {
  const declaration = twinOf(copyOf(original, copyName(original.name), taken));
  const environment = new AgentEnvironment(new App({ outdir: 'unused' }), declaration);
  return { declaration, objects: environment.objects() as Manifest[] };
};

/** Ends the run at the first signal, and cleans up; a second one ends at once. */
function interruptible(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.unproven.code);
    process.stderr.write(`${signal}: taking the copy away; once more ends at once, and the next run cleans up\n`);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}

const EXITS = { proven: 'ok', failed: 'failed', unproven: 'unproven' } as const;

async function proved(environment: string, options: ProveOptions): Promise<number> {
  const outputs = outputsOf(options);
  checkOutputs(outputs);
  const api = await Api.open(options);
  const interrupt = interruptible();
  try {
    const requests = new Requests(api);
    await preflight(requests);
    const taken = await takenAddresses(requests);
    const found = await copied(environment, taken);
    if (typeof found === 'number') return found;
    const { original, synthesis } = found;
    const started = new Date().toISOString();
    const copy = { declaration: synthesis.declaration, objects: synthesis.objects.map(({ object }) => object) };
    const twin = twinWritten(original, taken);
    const outcome = await new Run({
      requests,
      ...copy,
      signal: interrupt.signal,
      progress,
      also: [twin.declaration.name],
      after: [
        {
          stage: 'connections are measured',
          prove: () => connections({ target: options, ...copy, image: options.probeImage }),
        },
        {
          stage: 'agents call',
          prove: () => controlPoint({ cluster: kubectlOf(options), ...twin, images: imagesOf(options) }),
        },
      ],
    }).outcome();
    const { body } = await api.get('/version');
    const cluster = `Kubernetes ${body?.gitVersion ?? 'of unknown version'}`;
    const proof = proofOf({ environment: original.name, copy: synthesis.declaration.name, cluster, started }, outcome);
    process.stdout.write(`${textOf(proof)}\n`);
    writeOutputs(outputs, proof);
    return EXIT_CODES[EXITS[proof.state]].code;
  } finally {
    interrupt.release();
    api.close();
  }
}

/** `firepit prove` */
export async function prove(environment: string, options: ProveOptions): Promise<void> {
  try {
    process.exitCode = await proved(environment, options);
    // What was interrupted may still wait for pods that are gone.
    process.stdout.write('', () => process.exit());
  } catch (error) {
    process.exitCode = report(error);
  }
}
