import type { GovernorConfig } from '../../contract/governor';
import { digestOf } from './canonical';
import { Denial } from './denial';
import { isObject, type Json } from './parse/json';
import { badAnswer } from './parse/turn';

/** What a server says of one operation: name, description, schemas, annotations. A model believes all of it. */
export interface Definition {
  /** `<tool>.<operation>`. */
  readonly operation: string;
  /** `sha256:…` of the canonical definition (RFC 8785), whatever is in it. */
  readonly digest: string;
}

/** A definition that is not the one that was shown before. */
export interface Change extends Definition {
  /** Undefined where it is shown for the first time. */
  readonly before: string | undefined;
  /** As declared. */
  readonly pinned: string | undefined;
}

/** Who was shown something, in the answer to which decision. */
export interface Seen {
  readonly agent: string;
  readonly decision: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where what servers showed is kept: the store of the environment, shared by all replicas. */
export interface ManifestStore {
  /** The digest that was shown last, of each of these operations. */
  shown(operations: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Resolves once the changes are durable, and on record. */
  change(changes: readonly Change[], seen: Seen): Promise<void>;
}

/** Where nothing is kept, nothing was shown, so no pinned operation is called. */
export const nothingShown: ManifestStore = { shown: async () => new Map(), change: async () => undefined };

const changed = (operations: readonly string[], detail: string): Denial =>
  new Denial('tool-changed', `${operations.join(', ')}: ${detail}`);

/**
 * Holds what MCP servers show of their tools against what was declared. A definition that is not the pinned one is
 * handed to nobody, and its operation is not called until the server shows the pinned one again; nor is a pinned
 * operation that was never shown. What is not pinned passes; that it changed is on record and counted all the same.
 */
export class Manifests {
  constructor(
    private readonly tools: GovernorConfig['tools'],
    private readonly store: ManifestStore = nothingShown,
    /** Told of every operation whose definition is not the one before, or not the pinned one, once that is on record. */
    private readonly alarm: (operation: string) => void = () => undefined,
  ) {}

  /** The digest that is declared; undefined where none is. */
  pinned(operation: string): string | undefined {
    const [tool = '', name = ''] = operation.split('.');
    const operations = Object.hasOwn(this.tools, tool) ? (this.tools[tool]?.operations ?? {}) : {};
    return Object.hasOwn(operations, name) ? operations[name]?.manifest : undefined;
  }

  /** Before a call. @throws Denial unless the server showed what is pinned */
  async assertShown(operation: string): Promise<void> {
    const pinned = this.pinned(operation);
    if (pinned === undefined) return;
    const shown = (await this.store.shown([operation])).get(operation);
    if (shown === pinned) return;
    if (shown === undefined)
      throw changed([operation], 'its server has not shown yet what it is; ask for tools/list first');
    throw changed([operation], 'its server shows another definition than the pinned one');
  }

  /** An answer to `tools/list`. @throws Denial when a definition is not the pinned one */
  async assertPinned(tool: string, tools: readonly Json[], seen: Seen): Promise<void> {
    const definitions = this.definitions(tool, tools);
    if (definitions.length === 0) return;
    const before = await this.store.shown(definitions.map(({ operation }) => operation));
    const changes = definitions.flatMap((definition): Change[] => {
      const { operation, digest } = definition;
      const last = before.get(operation);
      return last === digest ? [] : [{ ...definition, before: last, pinned: this.pinned(operation) }];
    });
    if (changes.length > 0) await this.store.change(changes, seen);
    const wrong = definitions.filter((definition) => this.differs(definition));
    const other = changes.filter(({ before }) => before !== undefined);
    for (const operation of new Set([...wrong, ...other].map((one) => one.operation))) this.alarm(operation);
    if (wrong.length > 0)
      throw changed(
        wrong.map(({ operation }) => operation),
        'the server shows another definition than the pinned one',
      );
  }

  /** Of declared operations; what is not declared does not exist. */
  private definitions(tool: string, tools: readonly Json[]): Definition[] {
    const declared = this.tools[tool]?.operations ?? {};
    const definitions = tools.flatMap((definition): Definition[] => {
      if (!isObject(definition) || typeof definition.name !== 'string') return [];
      if (!Object.hasOwn(declared, definition.name)) return [];
      return [{ operation: `${tool}.${definition.name}`, digest: digestOf(definition) }];
    });
    if (new Set(definitions.map(({ operation }) => operation)).size < definitions.length)
      throw badAnswer('a tool is in the list twice');
    return definitions;
  }

  private differs({ operation, digest }: Definition): boolean {
    const pinned = this.pinned(operation);
    return pinned !== undefined && pinned !== digest;
  }
}
