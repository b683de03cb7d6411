import { HEADER_LENGTH, randomFrom } from '../../wire';
import { cutReply, onFirst, onTwoInFlight, right } from '../answers';
import type { ClientCase } from '../client-case';

const SHORT_READ =
  'a read is taken as whole, whatever it returned: loop until all bytes of the header and the payload are there';
const READ_IS_MESSAGE = 'a read is taken as one reply: keep what follows the reply for the next one';
/** Bytes of a reply that are sent one by one; the rest follows in one piece. */
const SINGLE = 40;

export const framing: readonly ClientCase[] = [
  {
    id: 'framing/7.1',
    level: 'MUST',
    rule: 'A client sends whole frames, none larger than --max-payload, and exits with 0 when each came back.',
    why: 'This is what the client is for.',
    sends: 'Each frame back as soon as it is whole.',
    expects: 'One frame or more, and exit code 0.',
    likely:
      'a right reply is misread (a length in little-endian order, or with the header counted), or the exit code is not 0 after success',
    exit: 'ok',
    answers: [right],
  },
  {
    id: 'framing/7.2',
    level: 'MUST',
    rule: 'A reply may be cut inside its header.',
    why: 'A read of 4 bytes may return 1, 2 or 3: taken as a header, they are another length.',
    sends: 'The first reply in two pieces, cut after 1, 2 and 3 bytes; a run for each cut.',
    expects: 'Exit code 0.',
    likely: SHORT_READ,
    exit: 'ok',
    answers: [1, 2, 3].map((cut) => cutReply(() => cut)),
  },
  {
    id: 'framing/7.3',
    level: 'MUST',
    rule: 'A reply may be cut between its header and its payload.',
    why: 'Many servers send both with a write of their own.',
    sends: 'The first reply with a payload: its header, then its payload.',
    expects: 'Exit code 0.',
    likely: SHORT_READ,
    follows: ['framing/7.2'],
    exit: 'ok',
    answers: [cutReply(() => HEADER_LENGTH)],
  },
  {
    id: 'framing/7.4',
    level: 'MUST',
    rule: 'A reply may be cut inside its payload.',
    why: 'Every payload that is larger than a segment is, though rarely on loopback.',
    sends:
      'The first reply in two pieces, cut after the first byte of its payload, in its middle, and before its last byte.',
    expects: 'Exit code 0.',
    likely: SHORT_READ,
    follows: ['framing/7.2'],
    exit: 'ok',
    answers: [
      cutReply(() => HEADER_LENGTH + 1),
      cutReply((length) => (length > HEADER_LENGTH + 1 ? HEADER_LENGTH + Math.floor((length - HEADER_LENGTH) / 2) : 0)),
      cutReply((length) => (length > HEADER_LENGTH + 1 ? length - 1 : 0)),
    ],
  },
  {
    id: 'framing/7.5',
    level: 'MUST',
    rule: 'A reply may come byte by byte.',
    why: 'TCP may cut a stream at every byte.',
    sends: `The first ${SINGLE} bytes of the first reply one by one, 20 ms apart.`,
    expects: 'Exit code 0.',
    likely: SHORT_READ,
    follows: ['framing/7.2', 'framing/7.4'],
    exit: 'ok',
    answers: [
      onFirst((conversation, frame) => {
        const bytes = Array.from(frame.subarray(0, SINGLE), (byte) => Buffer.from([byte]));
        return conversation.sendApart(frame.length > SINGLE ? [...bytes, frame.subarray(SINGLE)] : bytes);
      }),
    ],
  },
  {
    id: 'framing/7.6',
    level: 'MUST',
    rule: 'Several replies may come in one segment.',
    why: 'TCP merges what a server sends quickly, and servers answer many frames with one write.',
    sends: 'The replies to the first two frames in one segment.',
    expects: 'Exit code 0.',
    likely: READ_IS_MESSAGE,
    follows: ['framing/7.2', 'framing/7.4'],
    exit: 'ok',
    answers: [onTwoInFlight((conversation, first, second) => conversation.send(first, second))],
  },
  {
    id: 'framing/7.7',
    level: 'MUST',
    rule: 'A segment may end inside the next reply.',
    why: 'If its first bytes are discarded with the buffer, all replies after it are misread.',
    sends: 'The first reply with 2 bytes of the second, then the rest.',
    expects: 'Exit code 0.',
    likely: READ_IS_MESSAGE,
    follows: ['framing/7.2', 'framing/7.4'],
    exit: 'ok',
    answers: [
      onTwoInFlight((conversation, first, second) =>
        conversation.sendApart([Buffer.concat([first, second.subarray(0, 2)]), second.subarray(2)]),
      ),
    ],
  },
  {
    id: 'framing/7.8',
    level: 'MUST',
    rule: 'Replies are the same, however the stream is cut.',
    why: 'This is what framing is for.',
    sends: 'The first two replies as one stream, in random pieces of 1 to 9 bytes, the first 20 of them 20 ms apart.',
    expects: 'Exit code 0.',
    likely: READ_IS_MESSAGE,
    follows: ['framing/7.2', 'framing/7.4'],
    exit: 'ok',
    answers: [
      onTwoInFlight((conversation, first, second) => {
        const random = randomFrom(78);
        const wire = Buffer.concat([first, second]);
        const pieces: Buffer[] = [];
        let at = 0;
        while (at < wire.length && pieces.length < 20) pieces.push(wire.subarray(at, (at += 1 + random(9))));
        return conversation.sendApart([...pieces, wire.subarray(at)]);
      }),
    ],
  },
];
