import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { README, render } from '../../scripts/docs';

describe('README.md', () => {
  it('says of settings, events, exit codes and commands what the code does (npm run docs)', async () => {
    const text = readFileSync(README, 'utf8');
    expect(text).to.equal(await render(text));
  });
});
