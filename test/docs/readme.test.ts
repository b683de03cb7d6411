import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { expect } from 'chai';
import { documents, render } from '../../scripts/docs';

const ROOT = resolve(__dirname, '../..');

describe('the generated tables', () => {
  for (const file of Object.keys(documents))
    it(`of ${relative(ROOT, file)} say what the code does (npm run docs)`, async () => {
      expect(readFileSync(file, 'utf8')).to.equal(await render(file));
    });
});
