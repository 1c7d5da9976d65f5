import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { completion, SHELLS } from '../../cli/completion';
import { program } from '../../cli/main';

const root = program();
/** What bash offers at the end of a line. */
const offered = (line: string): string[] => {
  const words = line.split(' ');
  const script = `${completion(root, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_firepit; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((word) => word !== '');
};

describe('bash completes', () => {
  test.each<[string, readonly string[]]>([
    ['firepit sy', ['synth']],
    ['firepit audit ', ['verify', 'tail', 'show', 'export']],
    ['firepit audit ver', ['verify']],
    ['firepit audit verify --s', ['--since']],
    ['firepit check --c', ['--coverage']],
    ['firepit synth --out dist --j', ['--json']],
    ['firepit explain images-are-p', ['images-are-pinned']],
    ['firepit explain detector-is-c', ['detector-is-confined']],
    ['firepit explain moved', ['moved-tag']],
    ['firepit completion z', ['zsh']],
    ['firepit synth apps/', []],
    ['firepit nonsense sy', ['synth']],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words);
  });
});

const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];

describe.each(SHELLS)('%s', (shell) => {
  const script = completion(root, shell);

  test('knows every command and every option', () => {
    const words = commands(root).flatMap((command) => [
      ...(command === root ? [] : [command.name()]),
      ...command.options.map(({ long }) => (shell === 'fish' ? `-l ${long?.slice(2)}` : String(long))),
    ]);
    expect(words.length).toBeGreaterThan(30);
    expect(words.filter((word) => !script.includes(word))).toEqual([]);
  });

  test('is a script that the shell reads', () => {
    const { error, status, stderr } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    if (error !== undefined) process.stderr.write(`completion: ${shell} is not on this machine and did not read it\n`);
    else expect([status, stderr]).toEqual([0, '']);
  });
});

test('another shell is refused, with those that there are', () => {
  const other = program();
  for (const command of commands(other)) command.configureOutput({ writeErr: () => undefined });
  expect(() => other.parse(['node', 'firepit', 'completion', 'tcsh'])).toThrow(/Allowed choices are bash, zsh, fish/);
});
