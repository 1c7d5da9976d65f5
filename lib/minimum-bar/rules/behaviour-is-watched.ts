import { contextOf } from '../../context';
import type { EnvironmentDeclaration } from '../../declaration';
import { SYSTEM_NAMESPACE } from '../../names';
import { checkFalcoRules } from '../../runtime/falco-check';
import { falcoRules } from '../../runtime/falco-rules';
import { type Manifest, NOT_APPLICABLE, type Problem, type Rule } from '../types';
import { record, string } from '../values';
import type { View } from '../view';

const written = new WeakMap<EnvironmentDeclaration, string | undefined>();
/** The rules of a declaration; frozen data, so they are worked out once. */
const wanted = (declaration: EnvironmentDeclaration): string | undefined => {
  if (!written.has(declaration)) written.set(declaration, falcoRules(contextOf(declaration)));
  return written.get(declaration);
};

const checked = new Map<string, readonly string[]>();
const broken = (text: string): readonly string[] => {
  const known = checked.get(text);
  if (known !== undefined) return known;
  if (checked.size > 64) checked.clear();
  const found = checkFalcoRules(text).map(({ item, message }) => `${item}: ${message}`);
  checked.set(text, found);
  return found;
};

const rulesMaps = (view: View): readonly Manifest[] =>
  view.all('', 'ConfigMap').filter((o) => o.metadata?.namespace === SYSTEM_NAMESPACE);

/** Pieces of a rules file: its items, by what they say. */
const items = (text: string): readonly string[] => text.split(/\n(?=- )/).map((item) => item.trim());
const headOf = (item: string): string => item.split('\n')[0]?.replace(/^- /, '') ?? '';

/** How a file differs from the one wanted: later items override earlier ones, so that more is as bad as less. */
const fileProblems = (map: Manifest, file: string, content: string, text: string): Problem[] => {
  if (content === text) return [];
  const [found, want] = [items(content), items(text)];
  const path = `data['${file}']`;
  const problems = [
    ...broken(content),
    ...want.filter((item) => !found.includes(item)).map((item) => `it lacks, or has changed: ${headOf(item)}`),
    ...found.filter((item) => !want.includes(item)).map((item) => `it has, or has changed: ${headOf(item)}`),
  ];
  return (problems.length > 0 ? problems : ['its items stand in another order']).map((problem) => ({
    object: map,
    path,
    problem,
  }));
};

const problemsOf = (view: View, text: string): Problem[] => {
  const files = rulesMaps(view).flatMap((map) =>
    Object.entries(record(map.data))
      .filter(([file]) => /\.ya?ml$/.test(file))
      .map(([file, content]) => ({ map, file, content: string(content) ?? '' })),
  );
  if (files.length === 0)
    return [
      {
        object: `ConfigMap ${SYSTEM_NAMESPACE}/falco-rules-${view.names.environment}`,
        path: '',
        problem: 'nobody watches the agents: the Falco rules are not among the objects',
      },
    ];
  return files.flatMap(({ map, file, content }) => fileProblems(map, file, content, text));
};

export const rule: Rule = {
  id: 'behaviour-is-watched',
  layer: 'runtime',
  info: 'Falco has no rule, or another one, for what an agent was not declared to do.',
  explanation: 'the gateway sees what an agent asks for; only the kernel sees what it does beside',
  fix: 'leave the rules as the environment writes them; declare behaviour in agents.*.behaviour, put rules of your own into a file of their own',
  check: (view) => {
    const text = wanted(view.declaration);
    return text === undefined ? NOT_APPLICABLE : problemsOf(view, text);
  },
};
