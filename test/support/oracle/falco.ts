import { parseAllDocuments } from 'yaml';
import type { Facts } from './facts';
import { type Hole, nameOf, namespaceOf, type Obj, obj, objs, ofKind, same, str, strs, which } from './plain';

const parsedRules = new Map<string, Obj[] | undefined>();
const rulesOf = (text: string): Obj[] | undefined => {
  if (!parsedRules.has(text)) {
    const documents = parseAllDocuments(text);
    const broken = documents.some((document) => document.errors.length > 0);
    parsedRules.set(text, broken ? undefined : objs(documents[0]?.toJS()));
    if (parsedRules.size > 50) parsedRules.delete(parsedRules.keys().next().value ?? '');
  }
  return parsedRules.get(text);
};

const fileOf = (objects: readonly Obj[], facts: Facts): string | undefined => {
  const map = ofKind(objects, '', 'ConfigMap').find(
    (m) => namespaceOf(m) === 'firepit-system' && nameOf(m) === `falco-rules-${facts.environment}`,
  );
  const files = Object.entries(obj(map?.data)).filter(([name]) => name.endsWith('.yaml'));
  return files.length === 0 ? undefined : str(files[0]?.[1]);
};

const idOf = (item: Obj): string =>
  ['rule', 'macro', 'list'].map((kind) => (item[kind] === undefined ? '' : `${kind} ${str(item[kind])}`)).join('');
const rungs = (item: Obj): string[] =>
  strs(item.tags)
    .filter((tag) => /^(firepit_|agent_|environment_)/.test(tag))
    .sort();

/** Whether what was declared to be watched is still seen, and still answered. */
export const falcoHoles = (objects: readonly Obj[], facts: Facts, reference: readonly Obj[]): Hole[] =>
  unseen(objects, facts, reference).map((what) => ({ area: 'falco', what }));

const unseen = (objects: readonly Obj[], facts: Facts, reference: readonly Obj[]): string[] => {
  const watched = facts.agents.filter((agent) => agent.watched);
  if (watched.length === 0) return [];
  const text = fileOf(objects, facts);
  if (text === undefined) return ['nobody watches: the rules are gone'];
  const rules = rulesOf(text);
  if (rules === undefined) return ['nobody watches: the rules do not parse'];
  const expected = rulesOf(fileOf(reference, facts) ?? '') ?? [];
  return [
    ...expected.filter((item) => idOf(item) !== '').flatMap((item) => lost(item, rules)),
    ...watched
      .filter(({ name }) => !rules.some((rule) => strs(rule.tags).includes(`agent_${name}`)))
      .map(({ name }) => `nobody watches ${name}`),
    ...rules
      .filter((item) => item.override !== undefined || item.append !== undefined)
      .map((item) => `${idOf(item)} is changed again`),
  ];
};

const lost = (item: Obj, rules: readonly Obj[]): string[] => {
  const id = idOf(item);
  const [found, ...more] = rules.filter((rule) => idOf(rule) === id);
  if (found === undefined || more.length > 0) return [`${id}: not there once`];
  return weaker(item, found).map((what) => `${id}: ${what}`);
};

const HEARD = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR'];

const weaker = (expected: Obj, found: Obj): string[] => [
  ...which(
    [!same(expected.condition, found.condition), 'sees something else'],
    [!same(expected.items, found.items), 'lists something else'],
    [found.enabled === false, 'is off'],
    [found.exceptions !== undefined, 'has exceptions'],
  ),
  ...(expected.rule === undefined ? [] : unanswered(expected, found)),
];

const unanswered = (expected: Obj, found: Obj): string[] => [
  ...which(
    [!same(rungs(expected), rungs(found)), 'is answered otherwise'],
    [found.priority !== expected.priority && !HEARD.includes(str(found.priority)), 'is below what is heard'],
    [(found.source ?? 'syscall') !== 'syscall', 'listens elsewhere'],
  ),
  ...['k8s.ns.name', 'k8s.pod.name', 'k8s.pod.uid']
    .filter((field) => !str(found.output).includes(`%${field}`))
    .map((field) => `does not say ${field}`),
];
