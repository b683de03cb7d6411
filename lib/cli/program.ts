import { Argument, Command as Commander, CommanderError, Option } from 'commander';
import { type CommandEntry, type CommandSwitch, commands } from '../commands';
import type { Problem } from '../config/settings-error';
import { formats, refusal } from '../config/formats';
import type { FlagValue } from '../config/load-settings';
import {
  type Setting,
  type SettingFlags,
  defaultText,
  isSwitch,
  settingFlags,
  settings,
  shownFlag,
} from '../config/settings';
import { RunError } from '../errors/run-error';
import { version } from '../version';

/** A parsed command line. */
export interface Invocation {
  readonly entry: CommandEntry;
  readonly args: readonly string[];
  /** The values of the command's own switches. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly flags: readonly FlagValue[];
  /** The files of `--config`. */
  readonly files: readonly string[];
  /** Problems with the switches, to be reported with those of the settings. */
  readonly problems: readonly Problem[];
}

/** What the group `config` is about. */
export const GROUP_DOC = 'about the settings';

/** The flags of settings that a command takes. */
export function flagsOf({ name }: CommandEntry): SettingFlags[] {
  return settingFlags(name === 'config show' ? undefined : name);
}

/** A setting in the help. */
function flagDoc({ setting }: SettingFlags): string {
  const { definition, variable } = setting;
  return `${definition.doc} (default: ${defaultText(setting)}; variable: ${variable})`;
}

const AFTER_SETTINGS = `
A flag overrides a variable, a variable overrides a config file. A flag may also
be the whole path of its setting: --echo-port for echo.port.
"trustctl config show" prints every setting and where its value comes from.`;

const AFTER_COMMANDS = `
"trustctl COMMAND --help" lists the flags of a command, and
"trustctl config show --help" those of all settings.`;

/** The forms of a flag: with a value or, if it is on or off, `--tls` and `--no-tls`. */
function forms(setting: Setting, name: string): readonly { flag: string; value?: string }[] {
  if (!isSwitch(setting)) return [{ flag: `--${name}` }];
  return [
    { flag: `--${name}`, value: 'true' },
    { flag: `--no-${name}`, value: 'false' },
  ];
}

/** The groups of settings that are about what a command does, in the order of the help. The others are about the run and its log. */
const GROUPS: readonly string[] = ['ping', 'probe', 'echo', 'load', 'server', 'tls', 'admin'];

/** The position of a setting's group in the help. */
function groupRank({ setting: { path } }: SettingFlags): number {
  const rank = GROUPS.indexOf(path.split('.')[0] ?? '');
  return rank === -1 ? GROUPS.length : rank;
}

function addSettings(command: Commander, entry: CommandEntry, flags: FlagValue[]): void {
  const switches = new Set(entry.switches.map(({ flags }) => new Option(flags).name()));
  for (const row of flagsOf(entry).toSorted((one, other) => groupRank(one) - groupRank(other))) {
    const { setting, shown, aliases } = row;
    for (const name of [shown, ...aliases.filter((alias) => !switches.has(alias))]) {
      for (const { flag, value } of forms(setting, name)) {
        const option = new Option(value === undefined ? `${flag} <${setting.definition.unit}>` : flag, flagDoc(row));
        if (value !== undefined) option.preset(value);
        option.argParser((text) => flags.push({ setting, flag, text }));
        const group = groupRank(row) === GROUPS.length ? 'Settings of the run and its log:' : 'Settings:';
        command.addOption(option.helpGroup(group).hideHelp(name !== shown || flag !== shownFlag(row)));
      }
    }
  }
}

function addSwitch(command: Commander, { flags, doc, format, repeatable }: CommandSwitch, problems: Problem[]): string {
  const option = new Option(flags, doc);
  command.addOption(option);
  if (!option.required) return option.attributeName();
  option.argParser((text: string, before: unknown) => {
    const rules = formats[format ?? 'text'];
    const value = rules.parse(text);
    if (!rules.accepts(value))
      problems.push({ exit: 'usage', text: `flag ${option.long ?? flags}: ${refusal(rules, text)}` });
    return repeatable ? [...((before as unknown[] | undefined) ?? []), value] : value;
  });
  return option.attributeName();
}

/** The argument HOST:PORT, which is another way to give `echo.host`. */
function targetFlag({ arguments: words }: CommandEntry, [target]: readonly string[]): FlagValue[] {
  const setting = settings.find(({ path }) => path === 'echo.host');
  if (!words?.isTarget || target === undefined || !setting) return [];
  return [{ setting, flag: words.syntax, text: target }];
}

function argumentOf({ syntax, doc, choices }: NonNullable<CommandEntry['arguments']>): Argument {
  const argument = new Argument(syntax, doc);
  return choices ? argument.choices(choices) : argument;
}

function addCommand(group: Commander, name: string, entry: CommandEntry, run: (invocation: Invocation) => void): void {
  const flags: FlagValue[] = [];
  const files: string[] = [];
  const problems: Problem[] = [];
  const command = group.command(name).description(entry.summary);
  if (entry.arguments) command.addArgument(argumentOf(entry.arguments));
  const own = entry.switches.map((row) => addSwitch(command, row, problems));
  const config = new Option(
    '--config <file>',
    'read this config file (JSON), too; may be repeated (variable: TRUSTCTL_CONFIG)',
  );
  command.addOption(config.argParser((file) => files.push(file)));
  addSettings(command, entry, flags);
  command.addHelpText(
    'after',
    [AFTER_SETTINGS, '\nExamples:', ...entry.examples.map((line) => `  ${line}`)].join('\n'),
  );
  const { afterDashes } = entry.arguments ?? {};
  command.exitOverride((error) => {
    throw afterDashes === undefined || error.code !== 'commander.unknownOption'
      ? error
      : new RunError('usage', `${usageMessage(error)}; ${afterDashes}`);
  });
  command.action(() => {
    const all = command.opts<Record<string, unknown>>();
    const options = Object.fromEntries(own.filter((key) => key in all).map((key) => [key, all[key]]));
    const { args } = command;
    run({ entry, args, options, flags: [...targetFlag(entry, args), ...flags], files, problems });
  });
}

/** Prints help or version. A reader that has left, like `head`, is not an error. */
function print(text: string): void {
  process.stdout.on('error', () => undefined);
  process.stdout.write(text);
}

/**
 * The command line for commander.
 * @param run called with the command that was given
 */
export function buildProgram(run: (invocation: Invocation) => void): Commander {
  const program = new Commander('trustctl')
    .description('A TCP echo service with length-prefix framing: server, client, load test, conformance check')
    .version(version())
    .configureOutput({ writeOut: print, writeErr: () => undefined }) // the caller prints errors
    .exitOverride()
    .addHelpText('after', AFTER_COMMANDS);
  for (const entry of commands) {
    const [first = '', second] = entry.name.split(' ');
    if (second === undefined) addCommand(program, first, entry, run);
    else addCommand(program.command(first).description(GROUP_DOC), second, entry, run);
  }
  return program;
}

/** commander's message on one line, with a hint at --help if it suggests no similar name. */
function usageMessage({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'a command is missing; "trustctl --help" lists them';
  const line = message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replaceAll(/'(.{77}).{4,}?'(?=$|[\s;.])/gs, "'$1...'")
    .replaceAll(/\s*\n\s*/g, ' ');
  return line.includes('Did you mean') ? line : `${line}; see --help`;
}

/**
 * Reads a command line.
 * @returns `undefined` if it was for help or the version, which are printed
 * @throws {RunError} `usage`: unknown command or flag, or a flag without its value
 */
export function readCommandLine(argv: readonly string[]): Invocation | undefined {
  let invocation: Invocation | undefined;
  const program = buildProgram((asked) => (invocation = asked));
  try {
    program.parse(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new RunError('usage', usageMessage(error));
  }
  return invocation;
}
