/**
 * JSON in which what stands many times is written once: with an anchor where it stands first (`&a1 {…}`), and as an
 * alias wherever it stands again (`*a1`). Whoever reads YAML reads that (YAML 1.2.2, 3.2.2.2); nothing else of YAML is
 * used, so that it can be read back exactly.
 */

/** Characters from which something is worth an anchor. */
const WORTH = 24;

/** One value, however often it stands. */
interface Shared {
  readonly id: number;
  readonly open: string;
  readonly members: readonly (readonly [label: string, value: Shared])[];
  readonly separator: string;
  readonly close: string;
  readonly size: number;
  /** Places of what is written in which it stands. */
  places: number;
  anchor?: string;
}

const NOTHING = { members: [], separator: '', close: '' } as const;

/** Equal values as one, from the leaves up. */
class Values {
  private readonly known = new Map<string, Shared>();

  of(value: unknown): Shared {
    if (typeof value !== 'object' || value === null) return this.once({ open: JSON.stringify(value), ...NOTHING });
    if (Array.isArray(value)) {
      const members = value.map((item) => ['', this.of(item)] as const);
      return this.once({ open: '[', members, separator: ',\n', close: ']' });
    }
    const members = Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[`${JSON.stringify(key)}: `, this.of(item)] as const],
    );
    return this.once({ open: '{', members, separator: ', ', close: '}' });
  }

  private once(made: Omit<Shared, 'id' | 'size' | 'places'>): Shared {
    const key = `${made.open}${made.members.map(([label, { id }]) => `${label}${id}`).join()}${made.close}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const size = made.members.reduce((sum, [label, value]) => sum + label.length + value.size, made.open.length);
    for (const [, value] of made.members) value.places++;
    const shared = { ...made, id: this.known.size, size, places: 0 };
    this.known.set(key, shared);
    return shared;
  }
}

/** A JSON value as text, with everything longer than a few words once. */
export const anchored = (value: unknown): string => {
  let anchors = 0;
  const write = (shared: Shared): string => {
    if (shared.anchor !== undefined) return `*${shared.anchor}`;
    const again = shared.places > 1 && shared.size >= WORTH;
    if (again) shared.anchor = `a${++anchors}`;
    const before = again ? `&${shared.anchor} ` : '';
    const members = shared.members.map(([label, member]) => `${label}${write(member)}`);
    return `${before}${shared.open}${members.join(shared.separator)}${shared.close}`;
  };
  return write(new Values().of(value));
};

const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|&([a-z0-9]+)(?= )|\*([a-z0-9]+)|([^\s{}[\],:"&*]+))/y;

type Token = readonly [all: string, sign?: string, text?: string, anchor?: string, alias?: string, word?: string];

class Reader {
  private readonly anchors = new Map<string, unknown>();
  private readonly token = new RegExp(TOKEN);
  private next: Token;

  constructor(private readonly text: string) {
    this.next = this.read();
  }

  document(): unknown {
    const value = this.value();
    if (this.next[0] !== '') throw new SyntaxError(`found more after the end: ${this.next[0].trim()}`);
    return value;
  }

  private read(): Token {
    const at = this.token.lastIndex;
    const found = this.token.exec(this.text);
    if (found !== null) return found as unknown as Token;
    if (this.text.slice(at).trim() !== '') throw new SyntaxError(`found no JSON at character ${at}`);
    return [''];
  }

  private take(): Token {
    const taken = this.next;
    this.next = this.read();
    return taken;
  }

  /** Whether the next sign is this one, which is then behind us. */
  private passes(sign: string): boolean {
    const there = this.next[1] === sign;
    if (there) this.take();
    return there;
  }

  private expect(sign: string): void {
    if (!this.passes(sign)) throw new SyntaxError(`found ${this.next[0].trim()}; expected ${sign}`);
  }

  private value(): unknown {
    if (this.passes('{')) return this.record();
    if (this.passes('[')) return this.list();
    const [all, , text, anchor, alias, word] = this.take();
    if (alias !== undefined) {
      if (!this.anchors.has(alias)) throw new SyntaxError(`found *${alias}, and no &${alias} before it`);
      return this.anchors.get(alias);
    }
    if (anchor === undefined) return JSON.parse(text ?? word ?? all);
    if (this.anchors.has(anchor)) throw new SyntaxError(`found &${anchor} twice`);
    const value = this.value();
    this.anchors.set(anchor, value);
    return value;
  }

  private list(): unknown[] {
    const items: unknown[] = [];
    if (this.passes(']')) return items;
    do items.push(this.value());
    while (this.passes(','));
    this.expect(']');
    return items;
  }

  private record(): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    if (this.passes('}')) return {};
    do {
      const key = JSON.parse(this.take()[2] ?? '') as string;
      // Readers disagree about which of two counts.
      if (entries.has(key)) throw new SyntaxError(`found the key ${key} twice`);
      this.expect(':');
      entries.set(key, this.value());
    } while (this.passes(','));
    this.expect('}');
    return Object.fromEntries(entries);
  }
}

/**
 * The value that {@link anchored} wrote; what stood several times is one object in it.
 * @throws SyntaxError for anything else, other YAML and a key that stands twice included
 */
export const readAnchored = (text: string): unknown => new Reader(text).document();
