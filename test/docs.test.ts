import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Node } from 'constructs';
import { program } from '../cli/main';
import * as firepitLibrary from '../lib';
import { EXIT_CODES } from '../lib/errors';
import { requiredSecrets } from '../lib/identity/secrets';
import { FOUNDATION_RULES, LAYERS, RULES, SUPPRESSION_RULE } from '../lib/minimum-bar';
import type { Synthesis } from '../lib/synth/driver';
import { withSession } from '../lib/synth/session';
import { ROOT } from './support/cli';
import { GENERATED, manifest, OWN_PAGES, PAGES, prose, read, spansOf } from './support/pages';

/** What the pages say is true: docs/README.md lists what is checked. That what they show works, `pages.test.ts` says. */

/** `firepit --help` and the like, as wide as a pipe. */
function helpOf(...path: readonly string[]): string {
  let out = '';
  let command = program();
  const configure = { writeOut: (text: string) => (out += text), getOutHelpWidth: () => 80 };
  for (const name of path) command = command.commands.find((c) => c.name() === name) ?? command;
  command.configureOutput(configure).outputHelp();
  return out;
}
const COMMANDS = program().commands.map((command) => command.name());
/** With the commands of commands: `audit verify`. */
const PATHS = program().commands.flatMap((command) => [
  [command.name()],
  ...command.commands.map((inner) => [command.name(), inner.name()]),
]);
const HELP = [helpOf(), ...PATHS.map((path) => helpOf(...path))].join('\n');

/** One example environment: its finished objects, and the construct each comes from. */
interface Example {
  readonly synthesis: Synthesis;
  /** Kind and name of the part that made each object: `network`. */
  readonly parts: readonly { readonly kind: string; readonly part: string }[];
}

interface Tree {
  readonly node: Node;
  readonly kind?: string;
}

async function synthesized(app: string): Promise<Example> {
  let root: Tree | undefined;
  let synthesis: Synthesis | undefined;
  await withSession(
    {
      created: (created) => {
        root = created as Tree;
      },
      synthesized: (_, result) => {
        if (result.kind === 'environment') synthesis = result;
      },
      refused: (_, error) => {
        throw error;
      },
    },
    async () => require(join(ROOT, app)),
  );
  if (root === undefined || synthesis === undefined) throw new Error(`${app} synthesized nothing`);
  const parts = root.node
    .findAll()
    .map((construct) => construct as unknown as Tree)
    .filter((construct) => typeof construct.kind === 'string')
    .map((construct) => ({ kind: construct.kind ?? '', part: construct.node.path.split('/')[1] ?? '' }));
  return { synthesis, parts };
}

const APPS = readdirSync(join(ROOT, 'apps'))
  // The foundation is no environment, and has pages of its own.
  .filter((name) => name.endsWith('.ts') && name !== 'foundation.ts')
  .map((name) => `apps/${name}`)
  .sort();
let examples: readonly Example[];
beforeAll(async () => {
  const all: Example[] = [];
  for (const app of APPS) all.push(await synthesized(app));
  examples = all;
});
const devExample = (): Example =>
  examples.find(({ synthesis }) => synthesis.declaration.name === 'support-desk-dev') as Example;

describe('links and names', () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
  const anchors = (page: string): string[] =>
    [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));

  /** What is wrong with any page, one line each. */
  const problemsOf = (of: (page: string) => readonly string[]): string[] =>
    OWN_PAGES.flatMap((page) => of(page).map((problem) => `${page}: ${problem}`));

  test('every relative link leads somewhere', () => {
    const isBroken = (page: string, link: string): boolean => {
      if (/^https:\/\//.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path)).replaceAll('\\', '/');
      if (GENERATED.includes(target)) return false;
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchors(target).includes(anchor);
    };
    const linksOf = (page: string) => [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    expect(problemsOf((page) => linksOf(page).filter((link) => isBroken(page, link)))).toEqual([]);
  });

  test('every path of the repository exists', () => {
    const isPath = (span: string): boolean =>
      /^(lib|cli|contract|blueprints|apps|test|docs|scripts|bench|services)\/[^\s<…]*$/.test(span);
    const isThere = (path: string): boolean =>
      existsSync(join(ROOT, path.includes('*') ? dirname(path) : path)) || GENERATED.includes(path);
    expect(problemsOf((page) => spansOf(page).filter((span) => isPath(span) && !isThere(span)))).toEqual([]);
  });

  test('every rule id, object and factory exists', () => {
    const sources = ['check', 'walk', 'driver'].map((file) => read(`lib/synth/${file}.ts`)).join('\n');
    const objects = examples.flatMap(({ synthesis: { declaration, objects: placed } }) => [
      ...requiredSecrets(declaration).map(({ secret }) => secret),
      ...placed.flatMap(({ object: { metadata } }) => [
        String(metadata.name),
        String(metadata.name).replace(`${declaration.name}-`, ''),
      ]),
    ]);
    const known = new Set([...[...RULES, ...FOUNDATION_RULES].map(({ id }) => id), SUPPRESSION_RULE, ...objects]);
    const library = firepitLibrary as Readonly<Record<string, unknown>>;
    const isUnknown = (span: string): boolean => {
      if (/^object-[a-z]+$/.test(span)) return !sources.includes(`'${span}'`);
      if (/^[a-z]+(-[a-z]+){2,}$/.test(span)) return !known.has(span);
      const [, factory = '', method = ''] = /^([A-Z]\w+)\.([a-zA-Z]\w*)(?:\(.*)?$/.exec(span) ?? [];
      const made = library[factory];
      return made !== undefined && !(typeof made === 'function' ? made.prototype : (made as object))[method as never];
    };
    expect(problemsOf((page) => spansOf(page).filter(isUnknown))).toEqual([]);
  });

  test('every command, script and option exists', () => {
    const isUnknown = (span: string): boolean => {
      const script = /^npm run ([\w:-]+)/.exec(span)?.[1];
      if (script !== undefined) return !(script in manifest.scripts);
      const command = /^(?:npx )?firepit ([a-z]+)/.exec(span)?.[1];
      if (command !== undefined && !COMMANDS.includes(command)) return true;
      const option = /^(?:(?:npx )?firepit .*?)?(--[a-z-]+)/.exec(span)?.[1];
      return option !== undefined && !HELP.includes(option);
    };
    expect(problemsOf((page) => spansOf(page).filter(isUnknown))).toEqual([]);
  });

  test('the rules in the table of layers belong to these layers', () => {
    const rows = [...read('README.md').matchAll(/^\| ([A-Z][^|]+) \|[^|]+\|([^|]+)\|$/gm)];
    const layers = new Map<string, string>(Object.entries(LAYERS).map(([id, title]) => [title, id]));
    const told = rows.flatMap(([, title = '', rules = '']) => {
      const layer = layers.get(title.trim());
      return layer === undefined ? [] : [...rules.matchAll(/`([^`]+)`/g)].map(([, id = '']) => ({ id, layer }));
    });
    expect(new Set(told.map(({ layer }) => layer))).toEqual(new Set(Object.keys(LAYERS)));
    const layerOf = (id: string): string | undefined => RULES.find((rule) => rule.id === id)?.layer;
    expect(told.filter(({ id, layer }) => layerOf(id) !== layer)).toEqual([]);
  });

  test('every page is in the table of contents', () => {
    const listed = read('docs/README.md');
    expect(OWN_PAGES.filter((page) => /^docs\/.+\//.test(page) && !listed.includes(`(${page.slice(5)})`))).toEqual([]);
  });

  test('nothing of a machine or its registries stands in a page', () => {
    const told = PAGES.filter((page) =>
      /\/(work|root|home|tmp)\/|registry\.(?!example\.com)[a-z0-9-]+\./.test(read(page)),
    );
    expect(told).toEqual([]);
  });
});

describe('generated parts', () => {
  /** Compares a marked part of a page with what it should be; jest's `-u` writes it, never under CI. */
  function expectPart(page: string, name: string, text: string): void {
    const [start, end] = [`<!-- generated: ${name} -->\n`, '<!-- /generated -->'];
    const whole = read(page);
    const from = whole.indexOf(start) + start.length;
    const to = whole.indexOf(end, from);
    expect(from).toBeGreaterThanOrEqual(start.length);
    const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
    if (snapshotState._updateSnapshot === 'all' && !process.env.CI && whole.slice(from, to) !== text)
      writeFileSync(join(ROOT, page), whole.slice(0, from) + text + whole.slice(to));
    else if (whole.slice(from, to) !== text)
      throw new Error(
        `${page}: the part '${name}' is not what the code says (npx jest docs -u writes it)\n--- page\n${whole.slice(from, to)}\n--- code\n${text}`,
      );
  }
  /** A table as the formatter writes it. */
  const table = (head: readonly string[], ...rows: readonly (readonly string[])[]): string => {
    const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]?.length ?? 0)));
    const line = (cells: readonly string[], fill = ' '): string =>
      `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width, fill)).join(' | ')} |\n`;
    return [line(head), line([], '-'), ...rows.map((row) => line(row))].join('');
  };
  const counts = (kinds: readonly string[]): string => {
    const map = new Map<string, number>();
    for (const kind of kinds) map.set(kind, (map.get(kind) ?? 0) + 1);
    return [...map].map(([kind, n]) => `${n} ${kind}`).join(', ');
  };

  test('what comes out: the tree', () => {
    const folders = new Map<string, number>();
    for (const { path } of devExample().synthesis.objects) {
      const folder = path.slice(0, path.indexOf('/') + 1);
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    const lines = [
      'dist/support-desk-dev/',
      ...[...folders].map(([folder, n]) => `├── ${folder.padEnd(40)}${String(n).padStart(2)}`),
      '├── .firepit                                what firepit wrote here, and may replace',
      '└── kustomization.yaml',
    ];
    expectPart('README.md', 'tree', `\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n\n`);
  });

  test('what comes out: the environments', () => {
    const rows = examples.map(({ synthesis: { declaration, objects } }, i) => [
      declaration.name,
      `\`${APPS[i]}\``,
      `${declaration.platform.kind === 'openshift' ? 'OpenShift' : 'Kubernetes'} ${declaration.platform.version}`,
      String(objects.length),
    ]);
    const head = ['environment', 'app', 'platform', 'objects'];
    expectPart('README.md', 'environments', `\n${table(head, ...rows)}\n`);
  });

  test('the layers and the objects that carry them', () => {
    const PARTS: Readonly<Record<string, RegExp>> = {
      'supply-chain': /^(signatures|models|control-pods|unchanged)$/,
      runtime: /^(namespaces|network|quarantine|agent-.*|quota-.*|falco|warden|containment)$/,
      identity: /^(controls|certificates|governor|ledger|database|audit|expose-gateway)$/,
      people: /^(approvals|expose-approvals)$/,
      guard: /^(gateway|gateway-address)$/,
      observability: /^(scrape|alerts|dashboard)$/,
    };
    const { parts, synthesis } = devExample();
    const placed = Object.entries(PARTS).map(([layer, part]) => ({
      layer,
      kinds: parts.filter((object) => part.test(object.part)).map(({ kind }) => kind),
    }));
    // Every object belongs to one of them; a new part must be given its layer above.
    expect(placed.reduce((sum, { kinds }) => sum + kinds.length, 0)).toBe(synthesis.objects.length);
    const titles: Readonly<Record<string, string>> = { ...LAYERS, observability: 'Observability' };
    const rows = placed.map(({ layer, kinds }) => [titles[layer] ?? '', String(kinds.length), counts(kinds)]);
    const head = ['layer', 'objects', 'which'];
    expectPart('README.md', 'layers', `\n${table(head, ...rows)}\n`);
  });

  test('the exit codes', () => {
    const rows = Object.entries(EXIT_CODES).map(([name, { code, meaning }]) => [String(code), `\`${name}\``, meaning]);
    const head = ['code', 'name', 'meaning'];
    expectPart('docs/reference/errors.md', 'exit codes', `\n${table(head, ...rows)}\n`);
  });

  test('the help of the command', () => {
    const part = (title: string, help: string): string => `\n## ${title}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
    const text = [
      part('firepit', helpOf()),
      ...PATHS.map((path) => part(`firepit ${path.join(' ')}`, helpOf(...path))),
    ].join('');
    expectPart('docs/reference/cli.md', 'help', `${text}\n`);
  });
});
