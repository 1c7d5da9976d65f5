import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { JudgeError } from './judge';
import { run } from './run';
import { goProgram } from './tools';

interface Chart {
  readonly dependencies?: readonly { readonly name: string }[];
}

/** Leaves out dependencies that are not unpacked beside the chart: there is no network to fetch them from. */
function withoutMissing(chart: string): readonly string[] {
  const file = join(chart, 'Chart.yaml');
  const { dependencies = [], ...rest } = parse(readFileSync(file, 'utf8')) as Chart;
  const charts = existsSync(join(chart, 'charts')) ? readdirSync(join(chart, 'charts')) : [];
  const there = ({ name }: { name: string }) => charts.some((c) => c === name || c.startsWith(`${name}-`));
  rmSync(join(chart, 'Chart.lock'), { force: true });
  writeFileSync(file, stringify({ ...rest, dependencies: dependencies.filter(there) }));
  return dependencies.filter((d) => !there(d)).map(({ name }) => name);
}

/** What a Helm chart would apply with its own values. */
export async function rendered(source: string): Promise<string> {
  const helm = await goProgram('helm', 'helm');
  const work = mkdtempSync(join(tmpdir(), 'firepit-chart-'));
  try {
    // Module caches are read-only, and a chart is changed here.
    const chart = join(work, 'chart');
    cpSync(source, chart, { recursive: true, dereference: true });
    const missing = withoutMissing(chart);
    if (missing.length > 0) process.stderr.write(`${source}: rendered without ${missing.join(', ')}: not unpacked\n`);
    const { ok, stdout, stderr } = run(helm, ['template', 'peer', chart, '--namespace', 'peer']);
    if (!ok) throw new JudgeError(`${source}: helm cannot render this chart: ${stderr.trim()}`);
    return stdout;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
