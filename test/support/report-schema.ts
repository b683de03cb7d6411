import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { expect } from 'chai';
import type { LoadReport } from '../../lib/load/report/load-report';

const schema = JSON.parse(readFileSync(resolve(__dirname, '../../docs/load-result.schema.json'), 'utf8')) as object;
const validate = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) },
}).compile(schema);

/** Parses the output of `--json`, which must follow the schema in the documents. */
export function parseOutput(text: string): LoadReport {
  const report = JSON.parse(text) as LoadReport;
  validate(report);
  expect(validate.errors ?? []).to.deep.equal([]);
  return report;
}
