import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { allCases } from '../../lib/check';
import { rowsOf } from '../../scripts/generated-part';
import { peers } from '../fixtures/peers';

const text = readFileSync(resolve(__dirname, '../../docs/check-peers.md'), 'utf8');
const [results, flaws] = [rowsOf(text, 'results'), rowsOf(text, 'flaws')];
const rowsFor = (rows: readonly string[][], name: string): string[][] => rows.filter(([first]) => first === name);

describe('docs/check-peers.md (npm run docs:peers)', () => {
  it('names cases and rules that the check has', () => {
    const ids = allCases.map(({ id }) => id as string);
    const rules = allCases.map(({ rule }) => rule);
    expect(flaws).to.have.length.greaterThan(0);
    for (const [peer, broken = '', rule] of flaws) {
      expect(ids, peer).to.include.members(broken.split(', '));
      expect(rules, peer).to.include(rule);
    }
  });

  it('has a result of each peer, in their order, with its version', () => {
    expect(results.map(([first]) => first)).to.deep.equal(peers.map(({ name }) => name));
    for (const [peer, version] of results) expect(version, peer).to.match(/^\d+(\.\d+)*$/);
  });

  for (const { name, flaws: known } of peers)
    it(`explains each failure of ${name} once`, () => {
      const rows = rowsFor(flaws, name);
      const failed = rows.flatMap(([, broken = '']) => broken.split(', '));
      expect(rowsFor(results, name)[0]?.[4]).to.equal(String(new Set(failed).size));
      expect(failed).to.have.length(new Set(failed).size);
      expect(rows.map(([, , , why]) => why)).to.deep.equal(known.map(({ why }) => why));
    });
});

describe('rowsOf', () => {
  it('tells the cells of a table between marks, without its head', () => {
    const document = '<!-- a -->\n\n| x | y |\n| - | - |\n| 1 | `p` is |\n| 2 |  |\n\n<!-- /a -->\n| not | this |';
    expect(rowsOf(document, 'a')).to.deep.equal([
      ['1', '`p` is'],
      ['2', ''],
    ]);
    expect(rowsOf('<!-- a -->\n<!-- /a -->', 'a')).to.deep.equal([]);
    expect(() => rowsOf('', 'a')).to.throw('no place for a');
  });
});
