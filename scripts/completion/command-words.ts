import { Option } from 'commander';
import { allCases, clientCases } from '../../lib/check';
import { groupsOf } from '../../lib/check/case';
import { GROUP_DOC, flagsOf } from '../../lib/cli/program';
import { type CommandEntry, type CommandSwitch, commands } from '../../lib/commands';
import { formats } from '../../lib/config/formats';
import { type SettingFlags, isSwitch } from '../../lib/config/settings';

/** What a value may be: one of these words, the path of a file or a folder, or any text, for which there is nothing to offer. */
export type Value = readonly string[] | 'file' | 'folder' | 'text';

/** A flag of one command. */
export interface Flag {
  /** With its dashes. */
  readonly name: string;
  readonly doc: string;
  /** Not for flags without a value. */
  readonly value?: { readonly name: string; readonly is: Value };
  readonly repeatable?: true | undefined;
}

/** What may follow a command, or the start of one. */
export interface Level {
  /** What precedes: empty at the start, `config`, `config show`. */
  readonly words: string;
  readonly flags: readonly Flag[];
  /** The commands to choose from, or the arguments. */
  readonly commands?: readonly { readonly name: string; readonly doc: string }[];
  readonly arguments?: Value | undefined;
}

/** The value `<file>` is a path, whatever takes it; the values of some formats are words. */
function valueOf(name: string, format: keyof typeof formats = 'text'): Value {
  const plain = name.toLowerCase();
  if (plain === 'file' || plain === 'folder') return plain;
  const rules = formats[format];
  return 'words' in rules ? rules.words : 'text';
}

/** `file` in `--report <file>` and in `<FILE...>`. */
const valueName = (syntax: string): string => /[<[](.+?)(\.\.\.)?[>\]]/.exec(syntax)?.[1] ?? '';

function switchFlag({ flags, doc, format, repeatable }: CommandSwitch): Flag {
  const { long, required } = new Option(flags);
  const name = valueName(flags);
  return { name: long ?? flags, doc, repeatable, ...(required && { value: { name, is: valueOf(name, format) } }) };
}

function settingForms({ setting, shown }: SettingFlags): Flag[] {
  const { doc, unit, format } = setting.definition;
  if (!isSwitch(setting)) return [{ name: `--${shown}`, doc, value: { name: unit, is: valueOf(unit, format) } }];
  return [
    { name: `--${shown}`, doc: `${doc} (on)` },
    { name: `--no-${shown}`, doc: `${doc} (off)` },
  ];
}

/** `echo-check` takes the ids and groups of cases. */
function argumentsOf({ name, arguments: taken }: CommandEntry): Value | undefined {
  const cases = [...allCases, ...clientCases];
  if (name === 'echo-check') return [...groupsOf(cases), ...cases.map(({ id }) => id)];
  return taken && (taken.choices ?? valueOf(valueName(taken.syntax)));
}

const help: Flag = { name: '--help', doc: 'show the help' };
const config: Flag = {
  name: '--config',
  doc: 'read this config file, too',
  repeatable: true,
  value: { name: 'file', is: 'file' },
};

/** Commands of two words. */
const grouped = commands.filter(({ name }) => name.includes(' '));
const split = (name: string): [group: string, command: string] => name.split(' ') as [string, string];

/** The groups of commands: `config`. */
export const groups: readonly string[] = [...new Set(grouped.map(({ name }) => split(name)[0]))];

const start: Level = {
  words: '',
  flags: [help, { name: '--version', doc: 'show the version' }],
  commands: [
    ...commands.filter((entry) => !grouped.includes(entry)).map(({ name, summary }) => ({ name, doc: summary })),
    ...groups.map((name) => ({ name, doc: GROUP_DOC })),
  ],
};

const groupLevels = groups.map((group): Level => {
  const own = grouped.filter(({ name }) => split(name)[0] === group);
  const rows = own.map(({ name, summary }) => ({ name: split(name)[1], doc: summary }));
  return { words: group, flags: [help], commands: rows };
});

const commandLevels = commands.map((entry): Level => {
  const flags = [...entry.switches.map(switchFlag), config, ...flagsOf(entry).flatMap(settingForms), help];
  return { words: entry.name, flags, arguments: argumentsOf(entry) };
});

/** Everything that can be completed, from the tables that the help is made from. */
export const levels: readonly Level[] = [start, ...groupLevels, ...commandLevels];
