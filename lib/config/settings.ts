import type { Format, FormatName, formats } from './formats';
import { type CommandName, type SettingDefinition, schema } from './schema';

/** The type of a format's values: `number`, `string`, or its words. */
type ValueOf<Name extends FormatName> = (typeof formats)[Name] extends Format<infer T> ? T : never;

type Resolve<Node> = Node extends { readonly format: infer Name extends FormatName }
  ? ValueOf<Name>
  : { readonly [Key in keyof Node]: Resolve<Node[Key]> };

/** The resolved settings in the schema's shape: `settings.echo.port` is a number. Frozen. */
export type Settings = Resolve<typeof schema>;

/** One setting and its names. */
export interface Setting {
  /** As in a config file: `echo.maxPayload`. */
  readonly path: string;
  readonly definition: SettingDefinition;
  /** The environment variable: `TRUSTCTL_ECHO_MAX_PAYLOAD`. */
  readonly variable: string;
  /** The flag made of its whole path: `echo-max-payload`. */
  readonly wholeFlag: string;
  /** A shorter flag, if it has one: the last segment, `max-payload`; `tls` for `tls.enabled`. */
  readonly shortFlag: string;
}

/** Groups whose settings have the whole path as their only flag: the last segment says too little, or is another setting's. */
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
  /** The flag that the help shows. */
  readonly shown: string;
  /** Other flags for it. */
  readonly aliases: readonly string[];
}

/**
 * The flags that a command takes. Each setting has two: its last segment, which the help shows, and its whole path. In the `log`
 * group the help shows the whole path (`--log-level` says more than `--level`). The groups `tls` and `admin` have only the whole
 * path, except that `tls.enabled` is `--tls`. If two settings have the same last segment, it belongs to the first.
 * @param command `undefined` for the flags of all settings
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

/** Whether a setting is on or off. Its flag then takes no value, and `--no-…` turns it off. */
export function isSwitch({ definition }: Setting): boolean {
  return definition.format === 'boolean';
}

/** The flag that the help shows, with its dashes: `--no-…` if the setting is on by default. */
export function shownFlag({ setting, shown }: SettingFlags): string {
  return isSwitch(setting) && setting.definition.default === true ? `--no-${shown}` : `--${shown}`;
}

/** The default, for people. */
export function defaultText({ definition }: Setting): string {
  if (definition.format === 'boolean') return definition.default === true ? 'on' : 'off';
  return definition.defaultText ?? (String(definition.default) || 'none');
}
