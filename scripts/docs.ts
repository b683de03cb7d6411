import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { labelsOf, metrics } from '../lib/admin/metric-table';
import { commands } from '../lib/commands';
import { defaultText, settingFlags, settings, shownFlag } from '../lib/config/settings';
import { exits } from '../lib/errors/exits';
import { commonFields, events } from '../lib/log/events';

/** The documents that have generated tables. */
export const documents: Readonly<Record<string, readonly TableName[]>> = {
  [resolve(__dirname, '../README.md')]: ['commands'],
  [resolve(__dirname, '../docs/metrics.md')]: ['metrics'],
  [resolve(__dirname, '../docs/reference.md')]: ['switches', 'settings', 'common-fields', 'events', 'exits'],
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The flag of a setting: that of the commands that take it, else that of `config show`. */
function flagOf(path: string, concerned: (typeof settings)[number]['definition']['commands']): string {
  const [command] = concerned === 'all' ? [] : concerned;
  const row = settingFlags(command).find(({ setting }) => setting.path === path);
  return row ? shownFlag(row) : '';
}

/** The tables, by the name of their markers. */
const tables = {
  commands: () =>
    table(
      ['command', 'does'],
      commands.map(({ name, arguments: args, summary }) => [
        code(['trustctl', name, ...(args ? [args.syntax] : [])].join(' ')),
        cell(summary),
      ]),
    ),
  switches: () =>
    table(
      ['command', 'flag', 'meaning'],
      commands.flatMap(({ name, switches }) => switches.map(({ flags, doc }) => [code(name), code(flags), cell(doc)])),
    ),
  settings: () =>
    table(
      ['setting', 'default', 'unit', 'meaning', 'flag', 'variable'],
      settings.map((setting) => [
        code(setting.path),
        defaultText(setting).includes(' ') ? defaultText(setting) : code(defaultText(setting)),
        setting.definition.unit,
        cell(setting.definition.doc),
        code(flagOf(setting.path, setting.definition.commands)),
        code(setting.variable),
      ]),
    ),
  events: () =>
    table(
      ['event', 'level', 'meaning', 'adds'],
      Object.entries(events).map(([name, { level, meaning, fields }]) => [
        code(name),
        level,
        cell(meaning),
        fields.map(code).join(', '),
      ]),
    ),
  metrics: () =>
    table(
      ['metric', 'type', 'labels', 'meaning'],
      metrics.map((row) => [
        code(row.name),
        row.type,
        [...labelsOf(row)]
          .map(([label, values]) => [code(label), values.map(code).join(', ')].filter(Boolean).join(': '))
          .join('; '),
        cell(row.help),
      ]),
    ),
  'common-fields': () => commonFields.map(code).join(', '),
  exits: () =>
    table(
      ['code', 'when'],
      Object.values(exits).map(({ code, when }) => [String(code), cell(when)]),
    ),
} satisfies Readonly<Record<string, () => string>>;

type TableName = keyof typeof tables;

/**
 * A document with its tables generated again, between markers like `<!-- settings -->` and `<!-- /settings -->`.
 * @throws {Error} if the markers of a table are missing
 */
export async function render(file: string): Promise<string> {
  let text = readFileSync(file, 'utf8');
  for (const name of documents[file] ?? []) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [start, end] = [text.indexOf(open), text.indexOf(close)];
    if (start < 0 || end < start) throw new Error(`${file} has no place for ${name}: ${open} … ${close}`);
    text = `${text.slice(0, start + open.length)}\n\n${tables[name]()}\n\n${text.slice(end)}`;
  }
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}

async function main(): Promise<void> {
  for (const file of Object.keys(documents)) writeFileSync(file, await render(file));
}

if (require.main === module) void main();
