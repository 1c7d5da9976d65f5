import { EXIT_CODES } from '../lib/errors';
import type { Synthesis } from '../lib/synth/driver';
import { Api, type Target } from '../proof/api';
import { examine, type Finding } from '../proof/doctor';
import { Requests } from '../proof/requests';
import { appFiles } from './apps';
import { failureOf, finish, green, printFailures, progress, red, report, yellow } from './report';
import { ofEnvironments, runApps } from './run';

interface DoctorOptions extends Target {
  readonly json?: boolean;
  readonly probeImage?: string;
}

const COLOURS = { proven: green, failed: red, unproven: yellow } as const;
const line = ({ id, state, found, fix }: Finding): string =>
  [
    `${COLOURS[state](process.stdout, state.padEnd(8))}  ${id}: ${found}`,
    ...(state === 'proven' || fix === undefined ? [] : [`            fix: ${fix}`]),
  ].join('\n');

const exitOf = (findings: readonly Finding[]): 'ok' | 'failed' | 'unproven' =>
  findings.some(({ state }) => state === 'failed')
    ? 'failed'
    : findings.some(({ state }) => state === 'unproven')
      ? 'unproven'
      : 'ok';

async function examined(app: string | undefined, options: DoctorOptions): Promise<void> {
  let synthesis: Synthesis | undefined;
  if (app !== undefined) {
    const failures = await runApps(
      appFiles([app]),
      ofEnvironments((result) => {
        synthesis = result.synthesis;
      }),
    );
    if (failures.length > 0) {
      printFailures(failures);
      process.exitCode = failures[0]?.code;
      return;
    }
  }
  const api = await Api.open(options);
  try {
    progress('asking the cluster');
    const findings = await examine(new Requests(api), {
      ...(synthesis === undefined
        ? {}
        : { declaration: synthesis.declaration, objects: synthesis.objects.map(({ object }) => object) }),
      ...(options.probeImage === undefined ? {} : { probeImage: options.probeImage }),
    });
    const exit = exitOf(findings);
    const { code } = EXIT_CODES[exit];
    if (options.json)
      process.stdout.write(`${JSON.stringify({ command: 'doctor', exitCode: code, findings, errors: [] }, null, 2)}\n`);
    else process.stdout.write(`${findings.map(line).join('\n')}\n`);
    process.exitCode = code;
  } finally {
    api.close();
  }
}

/** `firepit doctor` */
export async function doctor(app: string | undefined, options: DoctorOptions): Promise<void> {
  try {
    await examined(app, options);
  } catch (error) {
    if (!options.json) process.exitCode = report(error);
    else finish('doctor', true, [failureOf(error)], { environments: [], text: () => '' });
  }
}
