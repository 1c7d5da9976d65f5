import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint, readCheckpoint } from './checkpoint';
import { type Finding, Findings } from './finding';
import { Folder } from './folder';
import { CHECKPOINT, countAt, entriesOf, pathOf, type TileName } from './layout';
import { NoteError, type Verifier } from './note';
import { HASH_BYTES, leafHash, TiledTree, WIDTH } from './tree';

export interface VerifyOptions {
  /** Whose signature the checkpoint must bear. @default - the signature is not checked, and that is said */
  readonly key?: (origin: string) => Verifier;
  /** An earlier checkpoint of the same log, as a signed note. */
  readonly since?: string;
  /** Called with every entry, in order, before it is known whether the log is sound. */
  readonly onEntry?: (index: number, entry: Buffer) => void;
}

/** What a verification says. Sound are logs without findings whose signature was checked. */
export interface Verification {
  readonly checkpoint?: Checkpoint;
  readonly signed: 'verified' | 'unchecked' | 'refused';
  readonly since?: Checkpoint;
  readonly findings: readonly Finding[];
  /** Files that are written and not signed yet; normal while the log is being written. */
  readonly unsigned: number;
}

const base64 = (hash: Buffer): string => hash.toString('base64');

function claimed(note: string, where: string, key: VerifyOptions['key'], findings: Findings): Checkpoint | undefined {
  let checkpoint: Checkpoint | undefined;
  try {
    checkpoint = readCheckpoint(note);
    if (key !== undefined) openCheckpoint(note, key(checkpoint.origin));
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    findings.add(where, error.message, 'a checkpoint signed with the key given');
  }
  return checkpoint;
}

/** Recomputes a tree and compares each file with it. */
class Recomputation {
  private readonly tree = new TiledTree();
  sinceRoot: Buffer | undefined;

  constructor(
    private readonly folder: Folder,
    private readonly findings: Findings,
    private readonly size: number,
    private readonly since: number | undefined,
    private readonly onEntry: VerifyOptions['onEntry'],
  ) {}

  /** @returns the root; undefined when there are not enough entries for one */
  run(): Buffer | undefined {
    if (this.since === 0) this.sinceRoot = this.tree.root();
    for (let index = 0; index * WIDTH < this.size; index++) if (!this.bundle(index)) return undefined;
    for (const [level, hashes] of this.tree.edge.entries())
      if (hashes.length > 0) this.tile(level, Math.floor(countAt(level, this.size) / WIDTH), hashes);
    return this.tree.root();
  }

  private bundle(index: number): boolean {
    const width = Math.min(WIDTH, this.size - index * WIDTH);
    const content = this.widest('entries', index, width);
    const entries = content === undefined ? undefined : entriesOf(content);
    if (content !== undefined && entries === undefined)
      this.findings.add(pathOf({ level: 'entries', index, width }), 'bytes that are no entries', `${width} entries`);
    if (entries === undefined) return false;
    for (const [i, entry] of entries.slice(0, width).entries()) {
      const at = index * WIDTH + i;
      this.onEntry?.(at, entry);
      for (const full of this.tree.add(leafHash(entry))) this.tile(full.level, full.index, full.hashes);
      if (at + 1 === this.since) this.sinceRoot = this.tree.root();
    }
    return true;
  }

  private tile(level: number, index: number, hashes: readonly Buffer[]): void {
    const content = this.widest(level, index, hashes.length);
    if (content === undefined) return;
    const differs = hashes.findIndex(
      (hash, i) => hash.compare(content, i * HASH_BYTES, Math.min(content.length, (i + 1) * HASH_BYTES)) !== 0,
    );
    if (differs !== -1)
      this.findings.add(
        pathOf({ level, index, width: hashes.length }),
        `hash ${differs} is not the one of what it stands for`,
        base64(hashes[differs] as Buffer),
      );
  }

  /** The widest form of a tile. The others must be its beginnings. */
  private widest(level: TileName['level'], index: number, width: number): Buffer | undefined {
    const [widest, ...narrower] = this.folder.of(level, index);
    if (widest === undefined || widest.width < width) {
      this.findings.add(
        pathOf({ level, index, width }),
        widest === undefined ? 'nothing' : `${widest.width} of ${width}`,
        level === 'entries' ? `${width} entries` : `${width} hashes`,
      );
      return undefined;
    }
    const content = this.folder.read(pathOf(widest));
    this.measure(widest, content);
    for (const name of narrower) {
      const part = this.folder.read(pathOf(name));
      this.measure(name, part);
      if (!part.equals(content.subarray(0, part.length)))
        this.findings.add(pathOf(name), `not the beginning of ${pathOf(widest)}`, 'the same bytes');
    }
    return content;
  }

  private measure(name: TileName, content: Buffer): void {
    const found = name.level === 'entries' ? entriesOf(content)?.length : content.length / HASH_BYTES;
    if (found !== name.width)
      this.findings.add(pathOf(name), `${found ?? 'no whole number of'} in it`, `${name.width}, as its name says`);
  }
}

/**
 * Verifies a log in a folder, offline and from its entries up: every tile, every file, the checkpoint and, given an
 * earlier one, that nothing before it was edited, removed, reordered or forked.
 */
export function verifyLog(path: string, { key, since: earlier, onEntry }: VerifyOptions = {}): Verification {
  const findings = new Findings();
  if (!existsSync(join(path, CHECKPOINT))) {
    findings.add(CHECKPOINT, 'nothing', 'a signed checkpoint');
    return { signed: 'refused', findings: findings.all, unsigned: 0 };
  }
  const checkpoint = claimed(readFileSync(join(path, CHECKPOINT), 'utf8'), CHECKPOINT, key, findings);
  const signed = key === undefined ? 'unchecked' : findings.any ? 'refused' : 'verified';
  if (checkpoint === undefined) return { signed: 'refused', findings: findings.all, unsigned: 0 };
  const { size, root } = checkpoint;
  const since = earlier === undefined ? undefined : claimed(earlier, 'the earlier checkpoint', key, findings);
  const folder = new Folder(path, findings);
  const work = new Recomputation(folder, findings, size, since?.size, onEntry);
  const recomputed = work.run();
  if (recomputed !== undefined && !recomputed.equals(root))
    findings.add(
      CHECKPOINT,
      `root hash ${base64(root)}`,
      `${base64(recomputed)}, over the ${size} entries that are here`,
    );
  if (since !== undefined) compare(checkpoint, since, work.sinceRoot, findings);
  return {
    checkpoint,
    signed,
    ...(since === undefined ? {} : { since }),
    findings: findings.all,
    unsigned: folder.beyond(size).length,
  };
}

function compare(now: Checkpoint, since: Checkpoint, root: Buffer | undefined, findings: Findings): void {
  const where = 'since the earlier checkpoint';
  if (since.origin !== now.origin) findings.add(where, `the log ${now.origin}`, `the log ${since.origin}`);
  else if (since.size > now.size)
    findings.add(where, `${now.size} entries: the log was truncated`, `at least ${since.size}`);
  else if (root !== undefined && !root.equals(since.root))
    findings.add(
      where,
      `root hash ${base64(root)} over the first ${since.size} entries: they were edited, reordered or forked`,
      base64(since.root),
    );
}
