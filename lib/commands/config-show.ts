import { once } from 'node:events';
import type { Command } from './command';
import type { Origin } from '../config/load-settings';
import { type Setting, type Settings, settings as allSettings } from '../config/settings';

/** One setting as printed. */
interface Row {
  readonly path: string;
  readonly value: unknown;
  readonly source: Origin['source'];
  /** Which file, variable or flag; empty for a default. */
  readonly origin: string;
  readonly doc: string;
}

function valueAt(settings: Settings, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], settings);
}

/** Aligned columns, without spaces at the end of lines. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('');
}

const asText = ({ path, value, source, origin }: Row): string[] => [
  path,
  value === '' ? '""' : String(value),
  `${source} ${origin}`,
];

/** Prints every setting, its value, and where the value comes from. */
export const run: Command = async ({ settings, origins, options }) => {
  const rows = allSettings.map(({ path, definition: { doc } }: Setting): Row => {
    const { source, origin } = origins.get(path) ?? { source: 'default', origin: '' };
    return { path, value: valueAt(settings, path), source, origin, doc };
  });
  const text = options.json
    ? `${JSON.stringify({ settings: rows }, null, 2)}\n`
    : table([['setting', 'value', 'source'], ...rows.map(asText)]);
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  return 'ok';
};
