import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const DEPLOY = resolve(__dirname, '../../deploy');

/** A Kubernetes object as it stands in a file. */
export interface Manifest {
  readonly file: string;
  readonly content: { apiVersion: string; kind: string; metadata: { name: string } } & Record<string, unknown>;
}

/** Every object of deploy/kubernetes. kubectl reads YAML 1.1, where 0440 is octal. */
export function manifests(): Manifest[] {
  const folder = join(DEPLOY, 'kubernetes');
  return readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { version: '1.1' }).map((document) => {
      if (document.errors[0]) throw document.errors[0];
      return { file, content: document.toJS() as Manifest['content'] };
    }),
  );
}

/** The only object of that kind and name. */
export function manifestOf(kind: string, name: string): unknown {
  const found = manifests().filter(({ content }) => content.kind === kind && content.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0]!.content;
}
