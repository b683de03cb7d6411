import { expect } from 'chai';
import { likelyBug } from '../../lib/check/likely-bugs';
import { frame, frames, header } from '../../lib/check/wire';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What was sent, what came, and what the hint must say. */
const exchanges: readonly [string, readonly string[], Buffer, RegExp][] = [
  ['the length in the other order', ['hello'], bytes('\x05\0\0\0hello'), /little-endian/],
  ['the payload alone', ['hello'], bytes('hello'), /without its header/],
  ['a length that counts the header', ['hello'], bytes('\0\0\0\x09hello'), /counts the header/],
  ['the header alone', ['hello'], header(5), /without its payload/],
  ['a header of two bytes', ['hello'], bytes('\0\x05hello'), /two bytes/],
  ['a payload that ends at its NUL', ['ab\0cd'], bytes('\0\0\0\x02ab'), /NUL/],
  ['a payload that ends at its NUL, under its own length', ['ab\0cd'], bytes('\0\0\0\x05ab'), /NUL/],
  ['a payload that was text', ['\xff\xfe'], frame(Buffer.from('\ufffd\ufffd')), /UTF-8/],
  ['a line end behind each reply', ['one', 'two'], bytes('\0\0\0\x03one\n\0\0\0\x03two\n'), /line end/],
  ['each frame twice', ['one', 'two'], frames(['one', 'one', 'two', 'two']), /twice/],
  ['all frames as one', ['one', 'two'], frame('onetwo'), /echoed as one/],
  ['another order', ['one', 'two'], frames(['two', 'one']), /another order/],
  ['all but the empty frames', ['', 'one', ''], frame('one'), /empty frames/],
  ['the first frame only', ['one', 'two'], frame('one'), /only the first frame/],
  ['a part of the payload', ['hello'], bytes('\0\0\0\x05he'), /first part/],
];

describe('likelyBug', () => {
  for (const [what, sent, got, hint] of exchanges)
    it(`names the bug behind ${what}`, () => {
      const wire = frames(sent.map(bytes));
      expect(likelyBug({ sent: wire, expected: wire, got })).to.match(hint);
    });

  it('names it also where it shows only after frames that came back right', () => {
    const wire = frames(['right', 'right', 'ab\0cd', 'more']);
    const got = Buffer.concat([frames(['right', 'right']), frame('ab'), frame('more')]);
    expect(likelyBug({ sent: wire, expected: wire, got })).to.match(/NUL/);
  });

  it('says nothing where nothing came, and where no bug that it knows fits', () => {
    const wire = frame('hello');
    expect(likelyBug({ sent: wire, expected: wire, got: Buffer.alloc(0) })).to.equal(undefined);
    expect(likelyBug({ sent: wire, expected: wire, got: frame('jello') })).to.equal(undefined);
  });

  it('is quick also with megabytes of frames', () => {
    const wire = Buffer.concat(Array.from({ length: 2000 }, () => frame('x'.repeat(8192))));
    const got = Buffer.from(wire);
    got.writeUInt8(1, wire.length - 100);
    const started = performance.now();
    expect(likelyBug({ sent: wire, expected: wire, got })).to.equal(undefined);
    expect(performance.now() - started).to.be.below(5000);
  });
});
