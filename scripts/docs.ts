import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { labelsOf, metrics } from '../lib/admin/metric-table';
import { commands } from '../lib/commands';
import { defaultText, settings } from '../lib/config/settings';
import { exits } from '../lib/errors/exits';
import { commonFields, events } from '../lib/log/events';
import { bashCompletion } from './completion/bash';
import { fishCompletion } from './completion/fish';
import { zshCompletion } from './completion/zsh';
import { manPage } from './man-page';
import { flagOf } from './setting-flag';

/** The documents that have generated tables. */
const documents: Readonly<Record<string, readonly TableName[]>> = {
  [resolve(__dirname, '../README.md')]: ['commands'],
  [resolve(__dirname, '../docs/metrics.md')]: ['metrics'],
  [resolve(__dirname, '../docs/reference.md')]: ['switches', 'settings', 'common-fields', 'events', 'exits'],
};

/** The files that are generated as a whole. */
const wholeFiles: Readonly<Record<string, () => string>> = {
  [resolve(__dirname, '../assets/completion/trustctl.bash')]: bashCompletion,
  [resolve(__dirname, '../assets/completion/trustctl.zsh')]: zshCompletion,
  [resolve(__dirname, '../assets/completion/trustctl.fish')]: fishCompletion,
  [resolve(__dirname, '../man/trustctl.1')]: manPage,
};

/** All files that are generated, or have generated tables. */
export const generatedFiles: readonly string[] = [...Object.keys(documents), ...Object.keys(wholeFiles)];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
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
        code(flagOf(setting)),
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
 * The current text of a generated file. Of a document only the tables are generated, between markers like `<!-- settings -->` and `<!-- /settings -->`.
 * @throws {Error} if the markers of a table are missing
 */
export async function render(file: string): Promise<string> {
  const whole = wholeFiles[file];
  if (whole) return whole();
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
  for (const file of generatedFiles) writeFileSync(file, await render(file));
}

if (require.main === module) void main();
