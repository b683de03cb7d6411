/** One column of a table: its title, and what of a row stands in it. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/** A Markdown table that reads well as plain text, too: the columns are padded as prettier does it. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = columns.map(({ title, cell }) => [title, ...rows.map(cell)]);
  const widths = cells.map((column) => Math.max(3, ...column.map(({ length }) => length)));
  const line = (n: number): string =>
    columns
      .map(({ align }, at) => {
        const text = cells[at]?.[n] ?? '';
        return align === 'left' ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
      })
      .join(' | ');
  const rule = columns
    .map(({ align }, at) => (align === 'left' ? '-'.repeat(widths[at] ?? 0) : `${'-'.repeat((widths[at] ?? 1) - 1)}:`))
    .join(' | ');
  return [line(0), rule, ...rows.map((_, n) => line(n + 1))].map((text) => `| ${text} |`).join('\n');
}
