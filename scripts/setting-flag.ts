import { type Setting, settingFlags, shownFlag } from '../lib/config/settings';

/** The flag of a setting: that of the commands that take it, else that of `config show`. */
export function flagOf({ path, definition: { commands } }: Setting): string {
  const [command] = commands === 'all' ? [] : commands;
  const row = settingFlags(command).find(({ setting }) => setting.path === path);
  return row ? shownFlag(row) : '';
}
