import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';

const ROOT = resolve(__dirname, '../..');
const PAGE = resolve(ROOT, 'man/trustctl.1');

describe('man/trustctl.1', () => {
  it('is what groff expects, and shows dashes and braces as they are written', () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-cbou', PAGE], { encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(stdout).to.match(/^NAME\n +trustctl +- +a +TCP +echo +service/m);
    expect(stdout).to.match(/^ +--server-command <command>$/m);
    expect(stdout).to.contain("trustctl echo-check --client-command 'python3 client.py {host} {port}'");
  });

  it('is in a list in package.json: npm does not install one that is named as a string', () => {
    const { man } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as { man: unknown };
    expect(man).to.deep.equal(['./man/trustctl.1']);
  });
});
