import { FirepitError } from '../lib/errors';
import { FOUNDATION_RULES, RULES, THREATS } from '../lib/minimum-bar';
import { didYouMean } from '../lib/text';
import { appFiles } from './apps';
import { agentFacts, agentText } from './explain-agent';
import { ruleFacts, ruleText, threatFacts, threatText } from './explain-bar';
import { objectFacts, objectText, spellings } from './explain-object';
import { failureOf, finish } from './report';
import { type Result, runApps } from './run';

/** Something explained: its facts for `--json`, and the same in words. */
interface Explained {
  readonly facts: object;
  readonly text: string;
}

/** Rules and threats are the same for everybody: no app is run for them. */
const ofTheBar = (name: string): Explained[] => [
  ...[...RULES, ...FOUNDATION_RULES]
    .filter(({ id }) => id === name)
    .map((rule) => {
      const facts = ruleFacts(rule);
      return { facts, text: ruleText(facts) };
    }),
  ...THREATS.filter(({ id }) => id === name).map((threat) => {
    const facts = threatFacts(threat);
    return { facts, text: threatText(facts) };
  }),
];

const agentOf = (name: string, { app, synthesis }: Result): Explained[] => {
  if (synthesis.kind === 'foundation') return [];
  const { declaration } = synthesis;
  const agent = Object.hasOwn(declaration.agents, name) ? declaration.agents[name] : undefined;
  if (agent === undefined) return [];
  const facts = agentFacts(app, declaration, name, agent);
  return [{ facts, text: agentText(facts) }];
};

const objectsOf = (name: string, { app, synthesis }: Result): Explained[] =>
  synthesis.objects
    .filter((made) => spellings(made).includes(name.toLowerCase()))
    .map((made) => {
      const facts = objectFacts(app, synthesis, made);
      return { facts, text: objectText(facts) };
    });

const unknown = (name: string, known: Iterable<string>): FirepitError =>
  new FirepitError(
    'usage',
    `nothing is called '${name}': no agent, object, rule or threat\n  fix: ${didYouMean(name, known) ?? 'firepit list --json names agents and objects, docs/RULES.md the rules, docs/threats.md the threats'}`,
  );

/** Everything of one app that has a name. */
const namesIn = ({ synthesis }: Result): readonly string[] => [
  ...(synthesis.kind === 'environment' ? Object.keys(synthesis.declaration.agents) : []),
  ...synthesis.objects.flatMap(spellings),
];

/** `firepit explain` */
export async function explain(
  name: string,
  named: readonly string[],
  options: { readonly json?: boolean },
): Promise<void> {
  const fixed = ofTheBar(name);
  const [agents, objects]: [Explained[], Explained[]] = [[], []];
  const known = new Set([...RULES, ...FOUNDATION_RULES, ...THREATS].map(({ id }) => id));
  const failures =
    fixed.length > 0
      ? []
      : await runApps(appFiles(named), (result) => {
          agents.push(...agentOf(name, result));
          if (agents.length === 0) objects.push(...objectsOf(name, result));
          for (const one of namesIn(result)) known.add(one);
        });
  // An agent has objects of its name: whoever names it alone means the agent.
  const explained = [fixed, agents, objects].find((found) => found.length > 0) ?? [];
  if (explained.length === 0 && failures.length === 0) failures.push(failureOf(unknown(name, known)));
  finish('explain', options.json, failures, {
    environments: [],
    explained: explained.map(({ facts }) => facts),
    text: () => explained.map(({ text }) => text).join('\n\n'),
  });
}
