import type { Command } from 'commander';
import { FOUNDATION_RULES, RULES, THREATS } from '../lib/minimum-bar';

/** Shells that `firepit completion` writes for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly word: string;
  readonly says: string;
}
/** What may come after some words of a command line. */
interface Place {
  /** Commands so far: `[]`, `['audit', 'verify']`. */
  readonly path: readonly string[];
  readonly options: readonly (Word & { readonly takesValue: boolean })[];
  /** Commands, and names that are the same for everybody; none: a file. */
  readonly words: readonly Word[];
}

const HELP = { word: '--help', says: 'display help', takesValue: false } as const;

/** Rules and threats are known without an app. */
const names = (): Word[] => [
  ...[...RULES, ...FOUNDATION_RULES].map(({ id, info }) => ({ word: id, says: info })),
  ...THREATS.map(({ id, title }) => ({ word: id, says: title })),
];

const placesOf = (command: Command, path: readonly string[]): Place[] => [
  {
    path,
    options: [
      ...command.options
        .filter(({ long }) => typeof long === 'string')
        .map(({ long, description, required }) => ({ word: long as string, says: description, takesValue: required })),
      HELP,
    ],
    words: [
      ...command.commands.map((one) => ({ word: one.name(), says: one.description() })),
      ...(path.join() === 'explain' ? names() : []),
      ...(path.join() === 'completion' ? SHELLS.map((shell) => ({ word: shell, says: `for ${shell}` })) : []),
    ],
  },
  ...command.commands.flatMap((one) => placesOf(one, [...path, one.name()])),
];

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const key = ({ path }: Place): string => quoted(path.join(' '));
const commandsOf = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path.length > 0)
    .map(key)
    .join('|');

const bash = (places: readonly Place[]): string => `# firepit, for bash: source <(firepit completion bash)
_firepit() {
  local current=\${COMP_WORDS[COMP_CWORD]} at='' words='' options='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
      ${commandsOf(places)}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at" in
${places
  .map(
    (place) =>
      `    ${key(place)}) words=${quoted(place.words.map(({ word }) => word).join(' '))} options=${quoted(place.options.map(({ word }) => word).join(' '))} ;;`,
  )
  .join('\n')}
  esac
  [[ $current == -* ]] && words=$options
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _firepit firepit
`;

/** In zsh's lists of words a colon parts the word from what it says. */
const described = (words: readonly Word[]): string =>
  `(${words.map(({ word, says }) => quoted(`${word.replaceAll(':', '\\:')}:${says}`)).join(' ')})`;

const zsh = (places: readonly Place[]): string => `#compdef firepit
# firepit, for zsh: source <(firepit completion zsh), after compinit
_firepit() {
  local at='' word
  local -a commands options
  for word in \${words[2,CURRENT-1]}; do
    case "\${at:+$at }$word" in
      (${commandsOf(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${places.map((place) => `    (${key(place)}) commands=${described(place.words)} options=${described(place.options)} ;;`).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe option options
  elif (( $#commands )); then
    _describe command commands
  else
    _files
  fi
}
compdef _firepit firepit
`;

/** When fish offers something: after the commands of a place, and before one more. */
const condition = ({ path, words }: Place, commands: boolean): string => {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  if (!commands || words.length === 0) return seen.join('; and ');
  if (path.length === 0) return '__fish_use_subcommand';
  return [...seen, `not __fish_seen_subcommand_from ${words.map(({ word }) => word).join(' ')}`].join('; and ');
};

const fish = (places: readonly Place[]): string =>
  [
    '# firepit, for fish: firepit completion fish | source',
    ...places.flatMap((place) => [
      ...place.words.map(
        ({ word, says }) => `complete -c firepit -f -n ${quoted(condition(place, true))} -a ${word} -d ${quoted(says)}`,
      ),
      ...place.options.map(
        ({ word, says, takesValue }) =>
          `complete -c firepit${place.path.length === 0 ? '' : ` -n ${quoted(condition(place, false))}`} -l ${word.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(says)}`,
      ),
    ]),
    '',
  ].join('\n');

const WRITERS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = { bash, zsh, fish };

/** The script by which a shell completes `firepit`: commands, options, rules and threats; files for everything else. */
export const completion = (root: Command, shell: Shell): string => WRITERS[shell](placesOf(root, []));
