import { protocolOf } from '../errors/looks-like';
import type { Transcript } from './transcript';
import { firstDifference } from './hex-diff';
import { frame, frames, header, HEADER_LENGTH, payloadsOf } from './wire';

interface LikelyBug {
  readonly words: string;
  /** Whether that bug turns the payloads that had to come back into what came. */
  fits(exchange: { payloads: Buffer[]; expected: Buffer; got: Buffer }): boolean;
}

const startsWith = (all: Buffer, start: Buffer): boolean => all.subarray(0, start.length).equals(start);

/**
 * What came is what a bug would send that makes its replies in one of these ways: all of it, or as far as either goes
 * where a right reply would have gone otherwise.
 */
const repliesWith =
  (...replies: ((payload: Buffer) => Buffer)[]): LikelyBug['fits'] =>
  ({ payloads, expected, got }) =>
    replies.some((reply) => {
      const wrong = Buffer.concat(payloads.map(reply));
      const start = got.subarray(0, wrong.length);
      return start.length > 0 && startsWith(wrong, start) && (wrong.equals(got) || !startsWith(expected, start));
    });

/** A payload that was changed on its way, under a length of its own or the one that was announced. */
const payloadsAs = (change: (payload: Buffer) => Buffer): LikelyBug['fits'] =>
  repliesWith(
    (payload) => frame(change(payload)),
    (payload) => Buffer.concat([header(payload.length), change(payload)]),
  );

const reversed = (length: number): Buffer => Buffer.from(header(length)).reverse();
const upToNul = (payload: Buffer): Buffer => (payload.includes(0) ? payload.subarray(0, payload.indexOf(0)) : payload);
const asText = (payload: Buffer): Buffer => Buffer.from(payload.toString('utf8'));
const sorted = (payloads: readonly Buffer[]): Buffer[] => [...payloads].sort((a, b) => Buffer.compare(a, b));

/** Bugs that many servers have had, the more telling first. */
const bugs: readonly LikelyBug[] = [
  {
    words: 'replied with the length in little-endian order: the header is big-endian (htonl, "!I", BigEndian)',
    fits: repliesWith((payload) => Buffer.concat([reversed(payload.length), payload])),
  },
  {
    words: 'replied with the payload alone: the header is echoed too',
    fits: repliesWith((payload) => payload),
  },
  {
    words: 'replied with a length that counts the header: it counts the payload only',
    fits: repliesWith((payload) => Buffer.concat([header(payload.length + 4), payload])),
  },
  {
    words: 'replied with the header alone: the payload was read and not sent',
    fits: repliesWith((payload) => header(payload.length)),
  },
  {
    words: 'empty frames were dropped: a length of 0 is a frame like any other',
    fits: repliesWith((payload) => (payload.length > 0 ? frame(payload) : payload)),
  },
  {
    words: 'replied with a header of two bytes: it has four',
    fits: repliesWith((payload) => Buffer.concat([header(payload.length).subarray(2), payload])),
  },
  {
    words: 'a NUL byte was taken as the end of the payload (strlen, strcpy, printf): use the length',
    fits: payloadsAs(upToNul),
  },
  {
    words: 'the payload went through a text decoder: it is bytes, not UTF-8',
    fits: payloadsAs(asText),
  },
  {
    words: 'a line end was added after the reply (println, "\\n"): nothing stands between frames',
    fits: repliesWith((payload) => Buffer.concat([frame(payload), Buffer.from('\n')])),
  },
  {
    words: 'a NUL was added after the reply: nothing stands between frames',
    fits: repliesWith((payload) => Buffer.concat([frame(payload), Buffer.from('\0')])),
  },
  {
    words: 'each frame was echoed twice',
    fits: repliesWith((payload) => Buffer.concat([frame(payload), frame(payload)])),
  },
  {
    words: 'several frames were answered as one: a read is not a message, each frame gets a reply of its own',
    fits: ({ payloads, got }) => {
      const [first] = payloadsOf(got);
      const all = Buffer.concat(payloads);
      const wire = frames(payloads);
      return (
        payloads.length > 1 &&
        first !== undefined &&
        first.length > (payloads[0]?.length ?? 0) &&
        [all, wire].some((merged) => first.equals(merged.subarray(0, first.length)))
      );
    },
  },
  {
    words: 'the frames came back in another order: they are answered in the order in which they came',
    fits: ({ payloads, got }) => {
      const replies = payloadsOf(got);
      return (
        replies.length > 1 &&
        replies.length === payloads.length &&
        sorted(replies).every((reply, index) => sorted(payloads)[index]?.equals(reply))
      );
    },
  },
];

/** Bugs that show as a right start and then silence; where the stream ended instead, the end is what went wrong. */
const bugsBeforeSilence: readonly LikelyBug[] = [
  {
    words: 'only the first frame of a read was answered: keep what follows it and parse on',
    fits: ({ payloads, got }) => payloads.length > 1 && payloads[0] !== undefined && got.equals(frame(payloads[0])),
  },
  {
    words: 'only the first part of the payload came: one read or write was taken as whole, loop until all moved',
    fits: ({ expected, got }) =>
      got.length > 4 && got.length < expected.length && expected.subarray(0, got.length).equals(got),
  },
];

/** Bytes of an exchange that are looked at: a bug shows within a few frames. */
const WINDOW = 1 << 18;

/** Where the first frame starts that did not come back right, and the one before it: that one's reply may have had more. */
function startsNear(expected: Buffer, difference: number): number[] {
  const starts = [0];
  for (let at = 0, next = 0; next <= difference && next + HEADER_LENGTH <= expected.length; at = next) {
    next = at + HEADER_LENGTH + expected.readUInt32BE(at);
    if (next <= difference && next < expected.length) starts.push(next);
  }
  return starts.slice(-2).reverse();
}

/** The likely bug behind an exchange that went wrong, where the bytes tell. */
export function likelyBug(exchange: Transcript): string | undefined {
  if (exchange.got.length === 0) return undefined;
  const known = exchange.ended ? bugs : [...bugs, ...bugsBeforeSilence];
  const difference = firstDifference(exchange.expected, exchange.got);
  const protocol = difference < HEADER_LENGTH ? protocolOf(exchange.got) : undefined;
  if (protocol !== undefined)
    return `answered with what looks like ${protocol}: it is another protocol, or another port`;
  for (const start of startsNear(exchange.expected, difference)) {
    const expected = exchange.expected.subarray(start, start + WINDOW);
    const got = exchange.got.subarray(start, start + WINDOW);
    const payloads = payloadsOf(expected);
    const bug = payloads.length > 0 && known.find((one) => one.fits({ payloads, expected, got }));
    if (bug) return bug.words;
  }
  return undefined;
}
