import { type Checkpoint, openCheckpoint, signCheckpoint } from './checkpoint';
import { Files } from './files';
import { bundleOf, CHECKPOINT, countAt, entriesOf, hashesOf, partsOf, pathOf, type TileName } from './layout';
import type { Signer } from './note';
import { leafHash, TiledTree, WIDTH } from './tree';

/** A folder that this log cannot be continued from. */
export class LogError extends Error {
  constructor(folder: string, found: string, fix: string) {
    super(
      `the log in ${folder} cannot be continued\n  found:    ${found}\n  expected: the log as its checkpoint says\n  fix:      ${fix}`,
    );
    this.name = 'LogError';
    this.stack = `LogError: ${this.message}`;
  }
}

type Content = readonly [TileName, Buffer];

/** What is told of a step that a test wants to interrupt. */
export type Step = 'bundles' | 'tiles' | 'checkpoint' | 'cleaned';

/**
 * A log that is written: C2SP tlog-tiles in a folder. Nothing but the folder is remembered, and what is written beyond
 * the checkpoint is written again in the same bytes: the process may end anywhere.
 */
export class Log {
  private constructor(
    private readonly files: Files,
    private readonly signer: Signer,
    private readonly tree: TiledTree,
    /** Entries of the unfinished bundle. */
    private bundle: Buffer[],
    private checkpoint: string,
    private readonly passed: (step: Step) => void,
  ) {}

  /**
   * Opens the log in a folder, or starts one there.
   * @param signer its name is the origin of the log
   * @throws NoteError, LogError when the folder holds another log, or one that was changed at its edge
   */
  static open(folder: string, signer: Signer, passed: (step: Step) => void = () => {}): Log {
    const files = new Files(folder);
    const note = files.read(CHECKPOINT)?.toString('utf8');
    if (note === undefined) {
      const empty = new TiledTree();
      const first = signCheckpoint({ origin: signer.name, size: 0, root: empty.root() }, signer);
      files.replace(CHECKPOINT, first);
      files.flush();
      return new Log(files, signer, empty, [], first, passed);
    }
    const checkpoint = openCheckpoint(note, signer);
    return new Log(files, signer, treeOf(files, checkpoint), bundleAt(files, checkpoint.size), note, passed);
  }

  get size(): number {
    return this.tree.size;
  }

  get root(): Buffer {
    return this.tree.root();
  }

  /** The entries of the unfinished bundle: what the database must still say. */
  get tail(): readonly Buffer[] {
    return this.bundle;
  }

  /**
   * Adds entries and signs the tree with them. Durable when it returns; after an error the log must be opened anew.
   * @throws Fork, LogError
   */
  extend(entries: readonly Buffer[]): void {
    const stale = this.edge();
    const { bundles, tiles } = this.grow(entries);
    for (const [name, content] of bundles) this.files.create(pathOf(name), content);
    this.passed('bundles');
    for (const [name, content] of tiles) this.files.create(pathOf(name), content);
    this.files.flush();
    this.passed('tiles');
    this.publish();
    this.passed('checkpoint');
    // Readers with an older checkpoint ask for its unfinished tiles, and then for the full one.
    for (const name of stale) if (edgeAt(name.level, this.size)?.index !== name.index) this.files.remove(partsOf(name));
    this.passed('cleaned');
  }

  /** @returns every tile that these entries fill, and the unfinished ones behind them */
  private grow(entries: readonly Buffer[]): { readonly bundles: Content[]; readonly tiles: Content[] } {
    const bundles: Content[] = [];
    const tiles: Content[] = [];
    for (const entry of entries) {
      this.bundle.push(entry);
      for (const { level, index, hashes } of this.tree.add(leafHash(entry)))
        tiles.push([{ level, index, width: WIDTH }, Buffer.concat(hashes)]);
      if (this.bundle.length < WIDTH) continue;
      bundles.push([{ level: 'entries', index: this.size / WIDTH - 1, width: WIDTH }, bundleOf(this.bundle)]);
      this.bundle = [];
    }
    for (const name of this.edge())
      if (name.level === 'entries') bundles.push([name, bundleOf(this.bundle)]);
      else tiles.push([name, Buffer.concat(this.tree.edge[name.level] ?? [])]);
    return { bundles, tiles };
  }

  /** The unfinished tiles of the tree as it is. */
  private edge(): TileName[] {
    const { size } = this.tree;
    const levels = [...this.tree.edge.keys()];
    return (['entries', ...levels] as const)
      .map((level) => edgeAt(level, size))
      .filter((name): name is TileName => name !== undefined);
  }

  private publish(): void {
    // Another writer in this folder would fork the log: whoever finds a checkpoint that is not its own stops.
    if (this.files.read(CHECKPOINT)?.toString('utf8') !== this.checkpoint)
      throw new LogError(this.files.root, 'a checkpoint that another process wrote', 'run one ledger for one folder');
    const { size } = this.tree;
    this.checkpoint = signCheckpoint({ origin: this.signer.name, size, root: this.tree.root() }, this.signer);
    this.files.replace(CHECKPOINT, this.checkpoint);
    this.files.flush();
  }
}

/** The unfinished tile of a level in a tree of a size. */
function edgeAt(level: TileName['level'], size: number): TileName | undefined {
  const count = countAt(level, size);
  const width = count % WIDTH;
  return width === 0 ? undefined : { level, index: Math.floor(count / WIDTH), width };
}

/** A tile of the edge, out of the file of its width or of any wider one. */
function readEdge(files: Files, name: TileName): Buffer {
  for (let width = name.width; width <= WIDTH; width++) {
    const content = files.read(pathOf({ ...name, width }));
    if (content !== undefined) return content;
  }
  throw new LogError(files.root, `no ${pathOf(name)}`, 'restore the folder from its copy');
}

function treeOf(files: Files, { size, root }: Checkpoint): TiledTree {
  const edge: Buffer[][] = [];
  for (let level = 0; level === 0 || countAt(level, size) > 0; level++) {
    const name = edgeAt(level, size);
    const hashes = name === undefined ? [] : hashesOf(readEdge(files, name));
    edge.push(hashes?.slice(0, name?.width ?? 0) ?? []);
  }
  const tree = TiledTree.of(size, edge);
  if (!tree.root().equals(root))
    throw new LogError(
      files.root,
      `tiles with the root ${tree.root().toString('base64')}, a checkpoint with ${root.toString('base64')}`,
      `run firepit audit verify ${files.root}`,
    );
  return tree;
}

function bundleAt(files: Files, size: number): Buffer[] {
  const name = edgeAt('entries', size);
  if (name === undefined) return [];
  const entries = entriesOf(readEdge(files, name));
  if (entries === undefined)
    throw new LogError(files.root, `${pathOf(name)} is no bundle`, 'restore the folder from its copy');
  return entries.slice(0, name.width);
}
