import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './root';

/** One command's results, ready for the document. */
export interface Report {
  /** The name between the document's markers, and of the npm script. */
  readonly name: string;
  /** Packages whose versions matter, besides our own. */
  readonly packages?: readonly string[];
  readonly body: string;
}

function versionOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  return `${name ?? ''} ${version ?? ''}`;
}

/** What the numbers were had with, so that they can be had again. */
function provenance(name: string, packages: readonly string[], flags: readonly string[]): string {
  const command = ['npm run', name, ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
  const installed = packages.map((peer) => versionOf(join(ROOT, 'node_modules', peer)));
  const versions = [versionOf(ROOT), `Node ${process.version}`, ...installed].join(', ');
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${type()} ${release()}`;
  return `\`${command}\`, ${new Date().toISOString().slice(0, 10)}. ${versions}; ${machine}.`;
}

/** Prints the report, and puts it between its markers in the document `file` where one is named. */
export function publish(
  { name, packages = [], body }: Report,
  flags: readonly string[],
  file: string | undefined,
): void {
  const text = `${provenance(name, packages, flags)}\n\n${body}`;
  process.stdout.write(`\n${text}\n`);
  if (file === undefined) return;
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const document = readFileSync(file, 'utf8');
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${start} and ${end}`);
  writeFileSync(file, `${document.slice(0, from + start.length)}\n\n${text}\n\n${document.slice(to)}`);
}
