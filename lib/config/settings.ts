import type { Format, FormatName, formats } from './formats';
import { type CommandName, type SettingDefinition, schema } from './schema';

/** What a setting of that format holds: the widened type, `number` or `string`, or the words that it can be. */
type ValueOf<Name extends FormatName> = (typeof formats)[Name] extends Format<infer T> ? T : never;

type Resolve<Node> = Node extends { readonly format: infer Name extends FormatName }
  ? ValueOf<Name>
  : { readonly [Key in keyof Node]: Resolve<Node[Key]> };

/** The resolved settings in the schema's shape: `settings.echo.port` is a number. Frozen. */
export type Settings = Resolve<typeof schema>;

/** One setting with the names that it goes by. */
export interface Setting {
  /** As in a config file: `echo.maxPayload`. */
  readonly path: string;
  readonly definition: SettingDefinition;
  /** The environment variable: `TRUSTCTL_ECHO_MAX_PAYLOAD`. */
  readonly variable: string;
  /** The flag that is its whole path, taken by every command that the setting concerns: `echo-max-payload`. */
  readonly wholeFlag: string;
  /** A shorter flag, where it has one: the last segment, `max-payload`; `tls` for `tls.enabled`. */
  readonly shortFlag: string;
}

/** Groups whose settings' last segments say too little, or belong to others: their flags are the whole path. */
const WHOLE_PATH_GROUPS: ReadonlySet<string> = new Set(['tls', 'admin']);

const words = (segment: string): string[] => segment.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
const kebab = (segments: readonly string[]): string => segments.flatMap(words).join('-');

function shortFlag(segments: readonly string[]): string {
  const [group = '', key] = segments;
  if (key === 'enabled') return group;
  return kebab(WHOLE_PATH_GROUPS.has(group) ? segments : segments.slice(-1));
}

function* leaves(node: object, parents: readonly string[] = []): Generator<Setting> {
  for (const [key, value] of Object.entries(node) as [string, object][]) {
    const segments = [...parents, key];
    if (!('format' in value && typeof value.format === 'string')) {
      yield* leaves(value, segments);
      continue;
    }
    const path = segments.join('.');
    const wholeFlag = kebab(segments);
    yield {
      path,
      definition: value as SettingDefinition,
      variable: path === 'trustHome' ? 'TRUST_HOME' : `TRUSTCTL_${wholeFlag.replaceAll('-', '_').toUpperCase()}`,
      wholeFlag,
      shortFlag: shortFlag(segments),
    };
  }
}

/** Every setting, in the schema's order. */
export const settings: readonly Setting[] = [...leaves(schema)];

/** The flags of one setting on one command, without their dashes. */
export interface SettingFlags {
  readonly setting: Setting;
  /** The flag that help shows. */
  readonly shown: string;
  /** What is taken as well. */
  readonly aliases: readonly string[];
}

/**
 * The flags that a command takes. A setting's flag is its last segment, and its whole path is taken too; the `log` group
 * shows its whole path (`--log-level` says more than `--level`), and the groups `tls` and `admin` have no other, but that
 * `tls.enabled` is `--tls`. Where two settings share a last segment the first has it.
 * @param command `undefined` for a command that takes every setting's flag
 */
export function settingFlags(command: CommandName | undefined): SettingFlags[] {
  const taken = new Set<string>();
  return settings
    .filter(({ definition: { commands } }) => !command || commands === 'all' || commands.includes(command))
    .map((setting) => {
      const { path, shortFlag, wholeFlag } = setting;
      const names = taken.has(shortFlag) ? [wholeFlag] : [...new Set([shortFlag, wholeFlag])];
      names.forEach((name) => taken.add(name));
      const shown = path.startsWith('log.') ? wholeFlag : (names[0] ?? wholeFlag);
      return { setting, shown, aliases: names.filter((name) => name !== shown) };
    });
}

/** Whether a setting is on or off: its flag has no value, and `--no-…` turns it off. */
export function isSwitch({ definition }: Setting): boolean {
  return definition.format === 'boolean';
}

/** The flag that help shows, with its dashes: the one that changes something, where the setting is on by default. */
export function shownFlag({ setting, shown }: SettingFlags): string {
  return isSwitch(setting) && setting.definition.default === true ? `--no-${shown}` : `--${shown}`;
}

/** The default as a person reads it. */
export function defaultText({ definition }: Setting): string {
  if (definition.format === 'boolean') return definition.default === true ? 'on' : 'off';
  return definition.defaultText ?? (String(definition.default) || 'none');
}
