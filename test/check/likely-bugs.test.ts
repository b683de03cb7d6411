import { expect } from 'chai';
import { likelyBug } from '../../lib/check/likely-bugs';
import { frame, frames, header } from '../../lib/check/wire';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

const LITTLE_ENDIAN = 'the length was sent in little-endian order: use big-endian (htonl, "!I", BigEndian)';
const PAYLOAD_ALONE = 'the payload was sent without its header: echo the header too';
const NUL_CUT = 'the payload was cut at a NUL byte (strlen, strcpy, printf): use the length';
const TEXT = 'the payload was decoded as text: it is bytes, not UTF-8';
const MERGED = 'several frames were echoed as one: a read is not a message';
const FIRST_ONLY = 'only the first frame of a read was echoed: parse the rest of the read too';
const FIRST_PART = 'only the first part of the payload came: loop until all of it is read or written';

/** What happened, the payloads sent, what came, and the bug that it must name. */
const exchanges: readonly [string, readonly string[], Buffer, string][] = [
  ['the length in the other order', ['hello'], bytes('\x05\0\0\0hello'), LITTLE_ENDIAN],
  ['the start of it', ['hello'], bytes('\x05\0'), LITTLE_ENDIAN],
  ['the payload alone', ['hello'], bytes('hello'), PAYLOAD_ALONE],
  ['the payloads alone', ['one', 'two'], bytes('onetwo'), PAYLOAD_ALONE],
  ['a length that counts the header', ['hello'], bytes('\0\0\0\x09hello'), 'the length counts the header: it must count the payload only'],
  ['the header alone', ['hello'], header(5), 'the header was sent without its payload'],
  ['a header of two bytes', ['hello'], bytes('\0\x05hello'), 'the header was sent with two bytes instead of four'],
  ['a payload that ends at its NUL', ['ab\0cd'], bytes('\0\0\0\x02ab'), NUL_CUT],
  ['a payload that ends at its NUL, under its own length', ['ab\0cd'], bytes('\0\0\0\x05ab'), NUL_CUT],
  ['payloads of which one ends at its NUL', ['ab', 'c\0d'], frames(['ab', 'c']), NUL_CUT],
  ['a payload that was text', ['\xff\xfe'], frame(Buffer.from('\ufffd\ufffd')), TEXT],
  ['a line end behind each reply', ['one', 'two'], bytes('\0\0\0\x03one\n\0\0\0\x03two\n'), 'a line end was sent after the reply (println, "\\n"): send nothing between frames'],
  ['a NUL behind each reply', ['one', 'two'], bytes('\0\0\0\x03one\0\0\0\0\x03two\0'), 'a NUL was sent after the reply: send nothing between frames'],
  ['each frame twice', ['one', 'two'], frames(['one', 'one', 'two', 'two']), 'each frame was echoed twice'],
  ['all frames as one', ['one', 'two'], frame('onetwo'), MERGED],
  ['all frames as one, with their headers', ['one', 'two'], frame(frames(['one', 'two'])), MERGED],
  ['another order', ['one', 'two'], frames(['two', 'one']), 'the frames came back in another order'],
  ['all but the empty frames', ['', 'one', ''], frame('one'), 'empty frames were not echoed: a length of 0 is valid'],
  ['all but an empty frame at the end', ['one', ''], frame('one'), 'empty frames were not echoed: a length of 0 is valid'],
  ['the last header alone', ['one', 'two'], Buffer.concat([frame('one'), header(3)]), 'the header was sent without its payload'],
  ['the second length in the other order', ['one', 'two'], Buffer.concat([frame('one'), bytes('\x03\0\0\0two')]), LITTLE_ENDIAN],
  ['the first frame only', ['one', 'two'], frame('one'), FIRST_ONLY],
  ['a part of the payload', ['hello'], bytes('\0\0\0\x05he'), FIRST_PART],
  ['one byte of the payload', ['hello'], bytes('\0\0\0\x05h'), FIRST_PART],
  ['another protocol', ['hello'], bytes('HTTP/1.1 400 Bad Request\r\n\r\n'), 'the reply looks like HTTP response: another protocol, or the wrong port'],
]; // prettier-ignore

/** Payloads, what came, and no bug that fits. */
const unknown: readonly [string, readonly string[], Buffer][] = [
  ['a changed byte', ['hello'], frame('jello')],
  ['nothing', ['hello'], Buffer.alloc(0)],
  ['half a header', ['hello'], bytes('\0\0')],
  ['the start of a longer reply', ['one'], Buffer.concat([frame('one'), bytes('?')])],
  ['other payloads in as many frames', ['one', 'two'], frames(['two', 'six'])],
  ['one reply too few, in another order', ['one', 'two', 'six'], frames(['two', 'one'])],
  ['a frame in a frame', ['hello'], frame(frame('hello'))],
  ['one of two headers', ['one', 'two'], header(3)],
  ['one reply too few, the smallest two in another order', ['one', 'two', 'zed'], frames(['two', 'one'])],
  ['a longer frame of other bytes', ['one', 'two'], frame('twoone')],
];

describe('likelyBug', () => {
  for (const [what, sent, got, words] of exchanges)
    it(`names the bug behind ${what}`, () => {
      const wire = frames(sent.map(bytes));
      expect(likelyBug({ sent: wire, expected: wire, got })).to.equal(words);
    });

  for (const [what, sent, got] of unknown)
    it(`names no bug behind ${what}`, () => {
      const wire = frames(sent.map(bytes));
      expect(likelyBug({ sent: wire, expected: wire, got })).to.equal(undefined);
    });

  it('knows nothing of missing replies where the stream ended: the end is what went wrong', () => {
    const wire = frames(['one', 'two']);
    expect(likelyBug({ sent: wire, expected: wire, got: frame('one'), ended: true })).to.equal(undefined);
    const part = frame('one').subarray(0, 5);
    expect(likelyBug({ sent: wire, expected: wire, got: part, ended: true })).to.equal(undefined);
  });

  it('takes another protocol for one only at the start of the reply', () => {
    const wire = frames(['one', 'HTTP/1.1 200 OK']);
    const got = Buffer.concat([frame('one'), bytes('HTTP/1.1 400 Bad Request')]);
    expect(likelyBug({ sent: wire, expected: wire, got })).to.equal(undefined);
  });

  it('takes the protocol that was sent itself for no other', () => {
    expect(likelyBug({ sent: bytes(''), expected: bytes('GET x'), got: bytes('GET /') })).to.equal(undefined);
  });

  it('names it also where it shows only after frames that came back right', () => {
    const wire = frames(['right', 'right', 'ab\0cd', 'more']);
    const got = Buffer.concat([frames(['right', 'right']), frame('ab'), frame('more')]);
    expect(likelyBug({ sent: wire, expected: wire, got })).to.equal(NUL_CUT);
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
