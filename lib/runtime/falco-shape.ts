/** What a rules file consists of, as Falco's own schema has it. */
export const KINDS = ['required_engine_version', 'required_plugin_versions', 'list', 'macro', 'rule'] as const;
export type Kind = (typeof KINDS)[number];

export const REQUIRED: Readonly<Record<Kind, readonly string[]>> = {
  required_engine_version: [],
  required_plugin_versions: [],
  list: ['items'],
  macro: ['condition'],
  rule: ['condition', 'desc', 'output', 'priority'],
};
/** Keys beside the required ones. Falco only warns of others, and then does not do what they say. */
export const OPTIONAL: Readonly<Record<Kind, readonly string[]>> = {
  required_engine_version: [],
  required_plugin_versions: [],
  list: [],
  macro: [],
  rule: ['source', 'tags'],
};
/** Keys that Falco knows and a generated file has no use for: they hide rules, or change others from afar. */
export const REFUSED: Readonly<Record<string, string>> = {
  append: 'append is deprecated: write the whole item',
  enabled: 'a generated rule is never disabled: leave it out of the file',
  override: 'override changes an item from afar: write the whole item',
  exceptions: 'exceptions hide findings: write them into the condition',
  'skip-if-unknown-filter': 'a rule that is skipped is silent: raise required_engine_version instead',
  warn_evttypes: 'a rule that matches any event slows every event: name the events',
  capture: 'captures hold whole buffers, secrets included',
  capture_duration: 'captures hold whole buffers, secrets included',
};
export const PRIORITIES = new Set([
  'EMERGENCY',
  'ALERT',
  'CRITICAL',
  'ERROR',
  'WARNING',
  'NOTICE',
  'INFO',
  'INFORMATIONAL',
  'DEBUG',
]);
export const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
/** First engine with the newer transformers and modifiers. */
export const NEWER_ENGINE = '0.62.0';
export const NAME: Readonly<Record<'list' | 'macro' | 'rule', RegExp>> = {
  list: /^[^()"'\s=,]+$/,
  macro: /^[A-Za-z]\w*$/,
  rule: /^\S(.*\S)?$/,
};
