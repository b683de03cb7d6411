import type { Bytes } from './case';
import { frame, frames, header, payloadsOf } from './wire';

interface LikelyBug {
  readonly words: string;
  /** Whether that bug turns the payloads that had to come back into what came. */
  fits(exchange: { payloads: Buffer[]; expected: Buffer; got: Buffer }): boolean;
}

/** What came is the start of what this bug would send, and tells it apart from a right reply. */
const repliesWith =
  (reply: (payload: Buffer) => Buffer): LikelyBug['fits'] =>
  ({ payloads, got }) => {
    const wrong = Buffer.concat(payloads.map(reply));
    return got.length > 0 && wrong.subarray(0, got.length).equals(got);
  };

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
    words: 'replied with a header of two bytes: it has four',
    fits: repliesWith((payload) => Buffer.concat([header(payload.length).subarray(2), payload])),
  },
  {
    words: 'a NUL byte was taken as the end of the payload (strlen, strcpy, printf): use the length',
    fits: ({ payloads, got }) =>
      payloads.some((payload) => payload.includes(0)) &&
      (repliesWith((payload) => Buffer.concat([header(payload.length), upToNul(payload)]))({
        payloads,
        expected: got,
        got,
      }) ||
        repliesWith((payload) => frame(upToNul(payload)))({ payloads, expected: got, got })),
  },
  {
    words: 'the payload went through a text decoder: it is bytes, not UTF-8',
    fits: ({ payloads, got }) =>
      [
        (payload: Buffer) => frame(asText(payload)),
        (payload: Buffer) => Buffer.concat([header(payload.length), asText(payload)]),
      ].some((reply) => repliesWith(reply)({ payloads, expected: got, got })),
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
  {
    words: 'empty frames were dropped: a length of 0 is a frame like any other',
    fits: ({ payloads, got }) => {
      const full = payloads.filter(({ length }) => length > 0);
      return full.length < payloads.length && got.equals(frames(full));
    },
  },
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

/** The likely bug behind an exchange that went wrong, where the bytes tell. */
export function likelyBug({ expected, got }: Bytes): string | undefined {
  const payloads = payloadsOf(expected);
  if (got.length === 0 || payloads.length === 0) return undefined;
  return bugs.find((bug) => bug.fits({ payloads, expected, got }))?.words;
}
