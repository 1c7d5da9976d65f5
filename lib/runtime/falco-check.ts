import { parseDocument } from 'yaml';
import { checkCondition, checkField, type Facts } from './falco-check-condition';
import { ConditionError, parseCondition, type Value } from './falco-grammar';
import { KINDS, NAME, NEWER_ENGINE, OPTIONAL, PRIORITIES, REFUSED, REQUIRED, VERSION } from './falco-shape';

/** One thing that is wrong with a rules file. */
export interface FalcoProblem {
  /** The item: `rule support-desk: sign of life`. */
  readonly item: string;
  readonly message: string;
}

type Item = Readonly<Record<string, unknown>>;
const isItem = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const olderThan = (version: string, other: string): boolean =>
  version.localeCompare(other, 'en', { numeric: true }) < 0;

/** Reads a rules file from top to bottom, as Falco does. */
class Checker {
  readonly problems: FalcoProblem[] = [];
  private readonly lists = new Map<string, readonly Value[]>();
  private readonly macros = new Map<string, Facts>();
  private readonly known = { lists: this.lists, macros: this.macros };
  private readonly rules = new Set<string>();
  private readonly plugins = new Set<string>();
  /** Names that something refers to. */
  private readonly used = new Set<string>();
  private engine: string | undefined;
  private item = '(file)';

  private readonly report = (message: string): void => {
    this.problems.push({ item: this.item, message });
  };

  file(items: unknown): void {
    if (!Array.isArray(items)) {
      this.report('a rules file is a sequence of items');
      return;
    }
    items.forEach((item, i) => {
      this.item = `item ${i + 1}`;
      if (isItem(item)) this.one(item);
      else this.report('an item is a mapping');
    });
    this.item = '(file)';
    if (this.engine === undefined) this.report('required_engine_version is missing');
    if (this.rules.size === 0) this.report('there is no rule');
    for (const name of [...this.lists.keys(), ...this.macros.keys()])
      if (!this.used.has(name)) this.report(`nothing uses '${name}'`);
  }

  private one(item: Item): void {
    const kind = KINDS.find((k) => k in item);
    if (kind === undefined) {
      this.report(`an item is one of ${KINDS.join(', ')}`);
      return;
    }
    if (kind === 'list' || kind === 'macro' || kind === 'rule') {
      this.item = `${kind} ${String(item[kind])}`;
      this.name(kind, item[kind]);
    } else this.item = kind;
    const keys = [kind, ...REQUIRED[kind], ...OPTIONAL[kind]];
    for (const key of Object.keys(item)) if (!keys.includes(key)) this.report(REFUSED[key] ?? `unknown key '${key}'`);
    for (const key of REQUIRED[kind]) if (!(key in item)) this.report(`'${key}' is missing`);
    if (kind === 'required_engine_version') this.requiredEngine(item[kind]);
    else if (kind === 'required_plugin_versions') this.requiredPlugins(item[kind]);
    else this[kind](item);
  }

  private name(kind: 'list' | 'macro' | 'rule', name: unknown): void {
    if (typeof name !== 'string' || !NAME[kind].test(name)) {
      this.report(`not a name for a ${kind}`);
      return;
    }
    if (this.lists.has(name) || this.macros.has(name) || this.rules.has(name))
      this.report(`'${name}' is already defined: the later one would replace it without a word`);
  }

  private requiredEngine(version: unknown): void {
    if (typeof version === 'string' && VERSION.test(version)) this.engine = version;
    else this.report('a version is written as 0.57.0');
    if (this.rules.size + this.macros.size + this.lists.size > 0) this.report('it stands before what depends on it');
  }

  private requiredPlugins(plugins: unknown): void {
    if (!Array.isArray(plugins) || plugins.length === 0) {
      this.report('a list of plugins with name and version');
      return;
    }
    for (const plugin of plugins) {
      if (!isItem(plugin) || !isText(plugin.name) || !VERSION.test(String(plugin.version))) {
        this.report('a plugin has a name and a version such as 0.4.0');
        return;
      }
      for (const key of Object.keys(plugin))
        if (!['name', 'version', 'alternatives'].includes(key)) this.report(`unknown key '${key}'`);
      this.plugins.add(plugin.name);
    }
  }

  private list({ list, items }: Item): void {
    if (!Array.isArray(items)) {
      this.report('items is a sequence');
      return;
    }
    const values: Value[] = [];
    for (const item of items) {
      if (typeof item !== 'string' && !Number.isInteger(item)) this.report('an item of a list is text or an integer');
      const nested = this.lists.get(String(item));
      if (nested !== undefined) this.used.add(String(item));
      values.push(...(nested ?? [{ text: String(item), quoted: true }]));
    }
    this.lists.set(String(list), values);
  }

  private macro({ macro, condition }: Item): void {
    const facts = this.condition(condition);
    if (facts !== undefined) this.macros.set(String(macro), facts);
  }

  private rule(item: Item): void {
    const facts = this.condition(item.condition);
    if (facts !== undefined && facts.events === undefined)
      this.report('the condition selects no evt.type: it would be evaluated for every event');
    else if (facts?.events?.size === 0) this.report('the condition can match no event');
    if (!isText(item.desc)) this.report('desc is a sentence');
    if (!PRIORITIES.has(String(item.priority)))
      this.report(`priority is one of ${[...PRIORITIES].join(', ')}, in upper case`);
    if (item.source !== undefined && item.source !== 'syscall') this.report('source is syscall');
    if (item.tags !== undefined && !(Array.isArray(item.tags) && item.tags.every(isText)))
      this.report('tags are words');
    this.output(item.output);
    this.rules.add(String(item.rule));
  }

  private condition(text: unknown): Facts | undefined {
    if (!isText(text)) {
      this.report('condition is text');
      return undefined;
    }
    for (const [word] of text.matchAll(/[^()"'\s=,]+/g)) this.used.add(word);
    try {
      const facts = checkCondition(parseCondition(text.trim()), this.known, this.report);
      this.needs(facts);
      return facts;
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      this.report(`at ${error.position}: ${error.message}`);
      return undefined;
    }
  }

  private needs({ usesPlugin, usesNewer }: Facts): void {
    if (usesPlugin && !this.plugins.has('container'))
      this.report('container.* and k8s.* need the container plugin under required_plugin_versions');
    if (usesNewer && (this.engine === undefined || olderThan(this.engine, NEWER_ENGINE)))
      this.report(`this needs required_engine_version ${NEWER_ENGINE}`);
  }

  private output(text: unknown): void {
    if (!isText(text)) {
      this.report('output is text');
      return;
    }
    let fields = 0;
    for (const [whole, field, argument] of text.matchAll(/%(?:([a-z][\w.]*\w)(?:\[([^\]\s]+)\])?)?/g)) {
      fields++;
      if (field === undefined) this.report(`'${whole}' in the output names no field`);
      else if (checkField({ field, ...(argument === undefined ? {} : { argument }) }, this.report)?.plugin === true)
        this.needs({ events: undefined, usesPlugin: true, usesNewer: false });
    }
    if (fields === 0) this.report('the output names no field: nobody could tell what happened where');
  }
}

/**
 * Checks a Falco rules file as strictly as it must be for Falco to load it without a warning: structure, names, order
 * of definition, conditions, fields, values and outputs. Returns every problem; never throws.
 */
export function checkFalcoRules(text: string): FalcoProblem[] {
  const checker = new Checker();
  const document = parseDocument(text, { version: '1.1', uniqueKeys: true, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) return faults.map(({ message }) => ({ item: '(file)', message }));
  try {
    checker.file(document.toJS({ maxAliasCount: 0 }));
  } catch {
    return [{ item: '(file)', message: 'no anchors and aliases: a reader must see each rule whole' }];
  }
  return checker.problems;
}
