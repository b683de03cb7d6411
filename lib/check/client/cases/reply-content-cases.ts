import { frame, header } from '../../wire';
import {
  fin,
  greeted,
  hasPayload,
  inPlaceOfPayload,
  onFirst,
  onFirstOfTwo,
  onSecond,
  onTwoInFlight,
  payloadOf,
} from '../answers';
import type { ClientCase } from '../client-case';

const COMPARE = 'replies are not compared with what was sent, byte for byte';
const COUNT = 'only some of the replies are compared: compare each with the frame that it answers, in order';
const LENGTH = 'the length in the header is ignored: read as many bytes as it says';
const WAITS = 'it waits for bytes that do not come, after a reply that is wrong already';

const LETTER = /[A-Za-z]/;
/** Offset of the first ASCII letter; -1 without one. */
const letterIn = (payload: Buffer): number => payload.toString('latin1').search(LETTER);

function changedAt(payload: Buffer, at: number, mask: number): Buffer {
  const changed = Buffer.from(payload);
  changed[at] = (changed[at] ?? 0) ^ mask;
  return changed;
}

/** A payload of the same length, in which every byte is another. */
const other = (payload: Buffer): Buffer => payload.map((byte) => byte ^ 0x15) as Buffer;
const UNASKED = frame('nobody asked for this');

export const replies: readonly ClientCase[] = [
  {
    id: 'replies/8.1',
    level: 'MUST',
    rule: 'A reply of the same length with another content is a failure.',
    why: 'A client that does not compare finds no bug of a server.',
    sends: 'The first payload with every byte changed.',
    expects: 'An exit code other than 0.',
    likely: COMPARE,
    hangs: WAITS,
    exit: 'failure',
    answers: [inPlaceOfPayload((payload) => frame(other(payload)))],
  },
  {
    id: 'replies/8.2',
    level: 'MUST',
    rule: 'One changed byte is a failure, also if it is the first or the last.',
    why: 'Buffers that are overwritten lose the first or the last bytes.',
    sends: 'The first payload with one bit of its first byte changed, and then in another run of its last byte.',
    expects: 'An exit code other than 0.',
    likely: 'only a part of the payload is compared',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1'],
    answers: [
      inPlaceOfPayload((payload) => frame(changedAt(payload, 0, 1))),
      inPlaceOfPayload((payload) => frame(changedAt(payload, payload.length - 1, 1))),
    ],
  },
  {
    id: 'replies/8.3',
    level: 'MUST',
    rule: 'A shorter reply is a failure.',
    why: 'A server that cuts what it echoes sends the start of it unchanged.',
    sends: 'The first payload without its last byte, under its shorter length.',
    expects: 'An exit code other than 0.',
    likely: 'bytes are compared only up to the end of the shorter one: compare the lengths too',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1'],
    answers: [inPlaceOfPayload((payload) => frame(payload.subarray(0, -1)))],
  },
  {
    id: 'replies/8.4',
    level: 'MUST',
    rule: 'A longer reply is a failure.',
    why: 'A server that appends something sends the start unchanged.',
    sends: 'The first payload with an x after it, under its longer length.',
    expects: 'An exit code other than 0.',
    likely: 'only the start of the reply is compared: compare the lengths too',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1', 'replies/8.3'],
    answers: [inPlaceOfPayload((payload) => frame(Buffer.concat([payload, Buffer.from('x')])))],
  },
  {
    id: 'replies/8.5',
    level: 'MUST',
    rule: 'An appended line end or NUL is a failure.',
    why: 'Functions for lines and strings of C add one. A payload is bytes, and each counts.',
    sends: 'The first payload with a line end after it, under its longer length, and in another run with a NUL.',
    expects: 'An exit code other than 0.',
    likely: 'the reply is trimmed, or compared as a string that ends at a NUL (strcmp): compare bytes (memcmp)',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1', 'replies/8.4'],
    answers: ['\n', '\0'].map((end) =>
      inPlaceOfPayload((payload) => frame(Buffer.concat([payload, Buffer.from(end)]))),
    ),
  },
  {
    id: 'replies/8.6',
    level: 'MUST',
    rule: 'A byte that is no UTF-8 is a failure where none was sent.',
    why: 'Decoders drop such bytes if they are told to ignore errors.',
    sends: 'The first payload with a byte ff after it, under its longer length.',
    expects: 'An exit code other than 0.',
    likely: 'the reply is decoded as text: compare bytes',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1', 'replies/8.4'],
    answers: [inPlaceOfPayload((payload) => frame(Buffer.concat([payload, Buffer.from([0xff])])))],
  },
  {
    id: 'replies/8.7',
    level: 'MUST',
    rule: 'A letter in the other case is a failure.',
    why: 'Some servers answer in capitals.',
    sends: 'The first payload with an ASCII letter, which is changed from small to capital or back.',
    expects: 'An exit code other than 0.',
    likely: 'the reply is compared without regard to case',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1'],
    answers: [
      onFirst(
        (conversation, one) => {
          const payload = payloadOf(one);
          return conversation.reply(frame(changedAt(payload, letterIn(payload), 0x20)));
        },
        (one) => letterIn(payloadOf(one)) >= 0,
        'letter',
      ),
    ],
  },
  {
    id: 'replies/8.8',
    level: 'MUST',
    rule: 'An empty reply is a failure where the payload was not empty.',
    why: 'It looks like the end of the stream to a client that takes a length of 0 for one.',
    sends: 'A frame of length 0 in the place of the first reply with a payload.',
    expects: 'An exit code other than 0.',
    likely: 'an empty reply is taken for the end, or compared only up to its length',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.3'],
    answers: [inPlaceOfPayload(() => frame(''))],
  },
  {
    id: 'replies/8.9',
    level: 'MUST',
    rule: 'A length in the header that is too large is a failure, though the bytes are right.',
    why: 'A client that reads as many bytes as it sent does not see that the server miscounts.',
    sends: 'The first payload unchanged, under a length that is 1 too large.',
    expects: 'An exit code other than 0.',
    likely: LENGTH,
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1'],
    answers: [inPlaceOfPayload((payload) => Buffer.concat([header(payload.length + 1), payload]))],
  },
  {
    id: 'replies/8.10',
    level: 'MUST',
    rule: 'A length in little-endian order is a failure.',
    why: 'Both sides with the same bug understand each other, and nobody else.',
    sends: 'The first payload unchanged, its length in little-endian order.',
    expects: 'An exit code other than 0.',
    likely: LENGTH,
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.9'],
    answers: [inPlaceOfPayload((payload) => Buffer.concat([header(payload.length).reverse(), payload]))],
  },
  {
    id: 'replies/8.11',
    level: 'MUST',
    rule: 'Each reply is compared, not only the first.',
    why: 'Bugs of servers begin with the second frame: buffers that are not cleared, reads that are not parsed to their end.',
    sends: 'The first reply right, and the second frame with every byte changed.',
    expects: 'An exit code other than 0.',
    likely: COUNT,
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1', 'replies/8.3', 'replies/8.4'],
    answers: [
      onSecond((conversation, one) => conversation.reply(hasPayload(one) ? frame(other(payloadOf(one))) : UNASKED)),
    ],
  },
  {
    id: 'replies/8.12',
    level: 'MUST',
    rule: 'Replies in another order are a failure.',
    why: 'Replies are matched to requests by their order. A server with several threads may swap them.',
    sends: 'The replies to the first two frames, the second one first.',
    expects: 'An exit code other than 0.',
    likely: COUNT,
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.11'],
    answers: [onTwoInFlight((conversation, first, second) => conversation.sendApart([second, first]))],
  },
  {
    id: 'replies/8.13',
    level: 'MUST',
    rule: 'A reply that comes twice is a failure.',
    why: 'All replies after it are those to other frames.',
    sends: 'The first reply twice, then the others.',
    expects: 'An exit code other than 0.',
    likely: COUNT,
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.11'],
    answers: [onFirstOfTwo((conversation, first) => conversation.sendApart([first, first]))],
  },
  {
    id: 'replies/8.14',
    level: 'MUST',
    rule: 'A reply that is left out is a failure.',
    why: 'Servers lose frames where a read ends.',
    sends: 'Every reply but the first, and then the end of the stream.',
    expects: 'An exit code other than 0.',
    likely: COUNT,
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.11'],
    answers: [
      onTwoInFlight((conversation, _, second) => {
        conversation.send(second);
        fin(conversation);
      }),
    ],
  },
  {
    id: 'replies/8.15',
    level: 'MUST',
    rule: 'A frame that nobody asked for is a failure, if it comes before the replies.',
    why: 'Some servers greet. All replies are then read one frame late.',
    sends: 'A frame right after the connect, then the replies.',
    expects: 'An exit code other than 0.',
    likely: 'frames that do not fit are passed over until the right one comes',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.1'],
    answers: [greeted(UNASKED)],
  },
  {
    id: 'replies/8.16',
    level: 'SHOULD',
    rule: 'A frame that nobody asked for is a failure, if it comes with the last reply.',
    why: 'A server that answers twice is not noticed by a client that leaves after the last reply.',
    sends: 'The reply to the last frame that comes without a pause of 0.1 s, and another frame in the same segment.',
    expects: 'An exit code other than 0.',
    likely: 'it leaves without a look at what else has come: end your side, and read until the server ends its own',
    hangs: WAITS,
    exit: 'failure',
    follows: ['replies/8.13'],
    answers: [
      async (conversation) => {
        let last: Buffer | undefined;
        for (let one = await conversation.next(); one; one = await conversation.next(0.1)) {
          if (last) conversation.send(last);
          last = one;
        }
        if (last) conversation.send(last, UNASKED);
        await conversation.echoRest();
        return undefined;
      },
    ],
  },
];
