/** Cedar statements as far as the bar must understand them: who is permitted what, and which forbids stand. */
export interface Statement {
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string>>;
  /** The three parts of the head, spaces normalised. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** `when { … } unless { … }`, spaces normalised. */
  readonly conditions: string;
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const STATEMENT = new RegExp(
  String.raw`((?:@[A-Za-z_]+\(${STRING}\)\s*)*)(permit|forbid)\s*\(((?:${STRING}|[^()"])*)\)((?:\s*(?:when|unless)\s*\{(?:${STRING}|[^{}"])*\})*)\s*;`,
  'g',
);
const ANNOTATION = new RegExp(String.raw`@([A-Za-z_]+)\((${STRING})\)`, 'g');
const COMMENT = new RegExp(String.raw`(${STRING})|//[^\n]*`, 'g');

const tidy = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Splits at commas outside brackets and strings. */
const parts = (head: string): readonly string[] =>
  (head.match(new RegExp(String.raw`(?:${STRING}|\[(?:${STRING}|[^\]"])*\]|[^,"[])+`, 'g')) ?? []).map(tidy);

export interface Policies {
  readonly statements: readonly Statement[];
  /** What is left when every statement is taken away: nothing, in a file that can be read. */
  readonly rest: string;
}

const read = new Map<string, Policies>();
const LIMIT = 64;

const parse = (text: string): Policies => {
  const plain = text.replace(COMMENT, (_all, string: string | undefined) => string ?? '');
  const statements = [...plain.matchAll(STATEMENT)].map(
    ([, notes = '', effect, head = '', conditions = '']): Statement => {
      const [principal = '', action = '', resource = ''] = parts(head);
      return {
        effect: effect === 'permit' ? 'permit' : 'forbid',
        annotations: Object.fromEntries(
          [...notes.matchAll(ANNOTATION)].map(([, k = '', v = '""']) => [k, JSON.parse(v) as string]),
        ),
        principal,
        action,
        resource,
        conditions: tidy(conditions),
      };
    },
  );
  return { statements, rest: tidy(plain.replace(STATEMENT, '')) };
};

/** Reads a policy file; remembered by its text. */
export function readCedar(text: string): Policies {
  const known = read.get(text);
  if (known !== undefined) return known;
  if (read.size >= LIMIT) read.clear();
  const policies = parse(text);
  read.set(text, policies);
  return policies;
}

/** Names of an entity type in a part of a head: `Firepit::Action::"a"` ⇒ `a`. Undefined: the part has no bound. */
export function entities(part: string, type: string): readonly string[] | undefined {
  if (!/(==|\bin\b)/.test(part)) return undefined;
  return [...part.matchAll(new RegExp(`Firepit::${type}::(${STRING})`, 'g'))].map(
    ([, v = '""']) => JSON.parse(v) as string,
  );
}
