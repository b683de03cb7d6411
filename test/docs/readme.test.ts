import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { expect } from 'chai';
import { generatedFiles, render } from '../../scripts/docs';

const ROOT = resolve(__dirname, '../..');

describe('what is generated', () => {
  for (const file of generatedFiles)
    it(`in ${relative(ROOT, file)} says what the code does (npm run docs)`, async () => {
      expect(readFileSync(file, 'utf8')).to.equal(await render(file));
    });
});
