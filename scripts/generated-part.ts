/** A table in Markdown; prettier aligns it. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const marks = (name: string): [open: string, close: string] => [`<!-- ${name} -->`, `<!-- /${name} -->`];

/** Where the part between the marks of a document starts and ends. @throws if a mark is missing */
function bounds(text: string, name: string): [start: number, end: number] {
  const [open, close] = marks(name);
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`the document has no place for ${name}: ${open} … ${close}`);
  return [start + open.length, end];
}

/** A document with the part between its marks replaced. @throws if a mark is missing */
export function replaced(text: string, name: string, part: string): string {
  const [start, end] = bounds(text, name);
  return `${text.slice(0, start)}\n\n${part}\n\n${text.slice(end)}`;
}

/** The cells of each row of the table between the marks of a document, without its head. @throws if a mark is missing */
export function rowsOf(text: string, name: string): string[][] {
  const lines = text
    .slice(...bounds(text, name))
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}
