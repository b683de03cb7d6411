import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { temporaryFolder } from './trustctl';

const ROOT = resolve(__dirname, '../..');

/** The examples of a document, by the names in their markers: `<!-- example: NAME -->`, and a block of code. */
export function examplesIn(document: string): Map<string, string> {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const found = text.matchAll(/<!-- example: (\w+) -->\n+```ts\n(.*?)```/gs);
  return new Map([...found].map(([, name = '', code = '']) => [name, code]));
}

/** A folder in which `trustctl` is installed, as it is for whoever depends on it. */
function dependentFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/trustctl'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** What the compiler says of these sources, each a module of its own; nothing where all is well. */
export function compilerErrors(sources: ReadonlyMap<string, string>): string[] {
  const folder = dependentFolder();
  const files = [...sources].map(([name, code]) => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, code);
    return file;
  });
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start = 0 }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName ?? ''}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/** A program made of an example, running. */
export class ExampleProcess {
  readonly lines: string[] = [];
  stderr = '';
  readonly exited: Promise<number | null>;
  private readonly waiters = new Set<() => void>();

  private constructor(readonly child: ChildProcessWithoutNullStreams) {
    createInterface(child.stdout).on('line', (line) => {
      this.lines.push(line);
      this.waiters.forEach((wake) => wake());
    });
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((done) =>
      child.once('close', (code) => {
        this.waiters.forEach((wake) => wake());
        done(code);
      }),
    );
  }

  /** Runs TypeScript, as it is but for its types. */
  static run(code: string, ...args: string[]): ExampleProcess {
    const file = join(dependentFolder(), 'example.js');
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(file, outputText);
    return new ExampleProcess(spawn(process.execPath, [file, ...args]));
  }

  /** The first line that fits, from the past or awaited. */
  async line(fits: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      for (const line of this.lines) {
        const match = fits.exec(line);
        if (match !== null) return match;
      }
      if (this.child.exitCode !== null) throw new Error(`the example ended: ${this.stderr}`);
      await new Promise<void>((wake) => this.waiters.add(wake));
    }
  }
}
