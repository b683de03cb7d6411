import { firstDifference } from '../client/compare-reply';
import { protocolOf } from '../errors/looks-like';
import type { Transcript } from './transcript';
import { frame, frames, header, HEADER_LENGTH, payloadsOf } from './wire';

interface LikelyBug {
  readonly words: string;
  /** Whether the bug explains that `got` came instead of the echo of `payloads`. */
  fits(exchange: { payloads: Buffer[]; expected: Buffer; got: Buffer }): boolean;
}

const startsWith = (all: Buffer, start: Buffer): boolean => all.subarray(0, start.length).equals(start);

/**
 * Fits where what came is what one of `replies` would send: the same bytes, or a common start that a right reply does not share.
 */
const repliesWith =
  (...replies: ((payload: Buffer) => Buffer)[]): LikelyBug['fits'] =>
  ({ payloads, expected, got }) =>
    replies.some((reply) => {
      const wrong = Buffer.concat(payloads.map(reply));
      const start = got.subarray(0, wrong.length);
      return start.length > 0 && startsWith(wrong, start) && (wrong.equals(got) || !startsWith(expected, start));
    });

/** Fits where payloads came back changed, under their new length or the one of the request. */
const payloadsAs = (change: (payload: Buffer) => Buffer): LikelyBug['fits'] =>
  repliesWith(
    (payload) => frame(change(payload)),
    (payload) => Buffer.concat([header(payload.length), change(payload)]),
  );

const reversed = (length: number): Buffer => Buffer.from(header(length)).reverse();
const upToNul = (payload: Buffer): Buffer => (payload.includes(0) ? payload.subarray(0, payload.indexOf(0)) : payload);
const asText = (payload: Buffer): Buffer => Buffer.from(payload.toString('utf8'));
const sorted = (payloads: readonly Buffer[]): Buffer[] => [...payloads].sort((a, b) => Buffer.compare(a, b));

/** Common bugs, the more specific first. */
const bugs: readonly LikelyBug[] = [
  {
    words: 'the length was sent in little-endian order: use big-endian (htonl, "!I", BigEndian)',
    fits: repliesWith((payload) => Buffer.concat([reversed(payload.length), payload])),
  },
  {
    words: 'the payload was sent without its header: echo the header too',
    fits: repliesWith((payload) => payload),
  },
  {
    words: 'the length counts the header: it must count the payload only',
    fits: repliesWith((payload) => Buffer.concat([header(payload.length + HEADER_LENGTH), payload])),
  },
  {
    words: 'the header was sent without its payload',
    fits: repliesWith((payload) => header(payload.length)),
  },
  {
    words: 'empty frames were not echoed: a length of 0 is valid',
    fits: repliesWith((payload) => (payload.length > 0 ? frame(payload) : payload)),
  },
  {
    words: 'the header was sent with two bytes instead of four',
    fits: repliesWith((payload) => Buffer.concat([header(payload.length).subarray(2), payload])),
  },
  {
    words: 'the payload was cut at a NUL byte (strlen, strcpy, printf): use the length',
    fits: payloadsAs(upToNul),
  },
  {
    words: 'the payload was decoded as text: it is bytes, not UTF-8',
    fits: payloadsAs(asText),
  },
  {
    words: 'a line end was sent after the reply (println, "\\n"): send nothing between frames',
    fits: repliesWith((payload) => Buffer.concat([frame(payload), Buffer.from('\n')])),
  },
  {
    words: 'a NUL was sent after the reply: send nothing between frames',
    fits: repliesWith((payload) => Buffer.concat([frame(payload), Buffer.from('\0')])),
  },
  {
    words: 'each frame was echoed twice',
    fits: repliesWith((payload) => Buffer.concat([frame(payload), frame(payload)])),
  },
  {
    words: 'several frames were echoed as one: a read is not a message',
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
    words: 'the frames came back in another order',
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

/** Bugs after which a right start is followed by silence. They do not fit where the stream ended. */
const bugsBeforeSilence: readonly LikelyBug[] = [
  {
    words: 'only the first frame of a read was echoed: parse the rest of the read too',
    fits: ({ payloads, got }) => payloads.length > 1 && payloads[0] !== undefined && got.equals(frame(payloads[0])),
  },
  {
    words: 'only the first part of the payload came: loop until all of it is read or written',
    fits: ({ expected, got }) =>
      got.length > HEADER_LENGTH && got.length < expected.length && expected.subarray(0, got.length).equals(got),
  },
];

/** Bytes of an exchange that are examined: a bug shows within a few frames. */
const WINDOW = 1 << 18;

/** The offsets of the frame with the difference and of the one before, whose reply may have been too long. */
function startsNear(expected: Buffer, difference: number): number[] {
  const starts = [0];
  for (let at = 0, next = 0; next <= difference && next + HEADER_LENGTH <= expected.length; at = next) {
    next = at + HEADER_LENGTH + expected.readUInt32BE(at);
    if (next <= difference && next < expected.length) starts.push(next);
  }
  return starts.slice(-2).reverse();
}

/** The likely bug behind a wrong reply; undefined where the bytes do not show it. */
export function likelyBug(exchange: Transcript): string | undefined {
  if (exchange.got.length === 0) return undefined;
  const known = exchange.ended ? bugs : [...bugs, ...bugsBeforeSilence];
  const difference = firstDifference(exchange.expected, exchange.got) ?? exchange.got.length;
  const protocol = difference < HEADER_LENGTH ? protocolOf(exchange.got) : undefined;
  if (protocol !== undefined) return `the reply looks like ${protocol}: another protocol, or the wrong port`;
  for (const start of startsNear(exchange.expected, difference)) {
    const expected = exchange.expected.subarray(start, start + WINDOW);
    const got = exchange.got.subarray(start, start + WINDOW);
    const payloads = payloadsOf(expected);
    const bug = payloads.length > 0 && known.find((one) => one.fits({ payloads, expected, got }));
    if (bug) return bug.words;
  }
  return undefined;
}
