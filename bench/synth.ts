import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AgentEnvironment, App } from '../lib';
import { filesOf, synthesize } from '../lib/synth/driver';
import { writeAll } from '../lib/synth/write';
import { toYaml } from '../lib/synth/yaml';
import { desk } from '../test/support/desk';
import { compared, informed, interleaved, type Row } from './measure';

const ROUNDS = { rounds: 31, warmup: 15 };

/** From the declaration to the text of every file: schema, constructs, every rule, order, YAML. */
export function whole(name = 'bench'): ReadonlyMap<string, string> {
  const app = new App();
  new AgentEnvironment(app, desk({ name }));
  return filesOf(synthesize(app));
}

/** The writer, and the whole synth, against the `yaml` package on the same objects. */
export function benchSynth(): Row[] {
  const app = new App();
  new AgentEnvironment(app, desk({ name: 'bench' }));
  const objects = synthesize(app).objects.map(({ object }) => object);
  const outdir = mkdtempSync(join(tmpdir(), 'firepit-bench-'));
  const tree = whole();
  const times = interleaved(
    {
      plain: () => objects.map((object) => stringify(object)).join('---\n'),
      writer: () => objects.map(toYaml).join('---\n'),
      whole: () => whole(),
      files: () => {
        rmSync(outdir, { recursive: true, force: true });
        writeAll([{ outdir, name: 'bench', tree }]);
      },
    },
    ROUNDS,
  );
  rmSync(outdir, { recursive: true, force: true });
  return [
    compared('writer alone, against plain yaml', times.writer, times.plain, 1.3),
    compared('whole synth with all rules, files not written, against plain yaml', times.whole, times.plain, 2.5),
    informed(`writing ${tree.size} files, alone`, times.files),
  ];
}
