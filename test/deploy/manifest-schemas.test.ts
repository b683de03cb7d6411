import { expect } from 'chai';
import ts from 'typescript';
import { type Manifest, manifests } from './manifests';

/** Compiling the types of the whole API takes seconds, and more on a busy machine. */
const COMPILE_TIMEOUT = 120_000;

/** The module that has the model of an object. */
function moduleOf({ content: { apiVersion } }: Manifest): string {
  const owner = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  return `${owner}/${apiVersion}`;
}

/** What the schema of the API finds wrong: types, required fields, words, formats. */
function schemaErrors(manifest: Manifest): string | undefined {
  type Model = new (content: unknown) => { validate(): void };
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const models = require(moduleOf(manifest)) as Record<string, Model>;
  const Model = models[manifest.content.kind];
  if (Model === undefined) return `${moduleOf(manifest)} has no ${manifest.content.kind}`;
  try {
    new Model(manifest.content).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The fields that the API does not have, which the schemas let pass and kubectl refuses: each object is compiled as a literal of
 * its type.
 */
function unknownFields(checked: readonly Manifest[]): string[] {
  const source = checked
    .map((manifest, i) => {
      const type = `import('${moduleOf(manifest)}').I${manifest.content.kind}`;
      return `export const object${i}: ${type} = ${JSON.stringify(manifest.content)};`;
    })
    .join('\n');
  const file = `${__dirname}/objects.ts`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => path === file || disk.fileExists(path),
    getSourceFile: (path, ...rest) =>
      path === file ? ts.createSourceFile(path, source, ts.ScriptTarget.Latest) : disk.getSourceFile(path, ...rest),
  };
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ').trim());
}

describe('deploy/kubernetes', () => {
  const all = manifests();

  for (const manifest of all) {
    it(`has in ${manifest.file} a ${manifest.content.kind} that the schema of the API takes`, () => {
      expect(schemaErrors(manifest)).to.equal(undefined);
    });
  }

  it('has no field that the API does not know', () => {
    expect(unknownFields(all)).to.deep.equal([]);
  }).timeout(COMPILE_TIMEOUT);

  it('would be told a wrong value and an unknown field', () => {
    const deployment = structuredClone(all.find(({ content }) => content.kind === 'Deployment')!);
    const spec = deployment.content.spec as Record<string, unknown>;
    spec.replicas = 'three';
    expect(schemaErrors(deployment)).to.match(/spec\/replicas must be integer/);
    spec.replicas = 3;
    (spec.template as { spec: Record<string, unknown> }).spec.terminationGraceSeconds = 45;
    expect(schemaErrors(deployment)).to.equal(undefined);
    expect(unknownFields([deployment]).join()).to.include('terminationGraceSeconds');
  }).timeout(COMPILE_TIMEOUT);
});
