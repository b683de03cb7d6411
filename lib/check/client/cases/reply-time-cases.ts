import { frame, HEADER_LENGTH } from '../../wire';
import { brokenReply, onFirst, onSecond, silence } from '../answers';
import type { ClientCase } from '../client-case';

const NO_TIMEOUT = 'there is no timeout: set one for reads (SO_RCVTIMEO, settimeout)';
const TIMEOUT_IS_FAILURE =
  'a read that timed out is taken for the end of the replies: exit with 0 only if each frame came back';
const READS_TO_END = 'it reads until the server ends the stream: stop when each frame came back';

/** Seconds by which a late reply is late. A client that waits for less gives up on a busy server. */
const LATE = 1;
const half = (length: number): number => HEADER_LENGTH + Math.floor((length - HEADER_LENGTH) / 2);

export const time: readonly ClientCase[] = [
  {
    id: 'time/10.1',
    level: 'MUST',
    rule: 'A reply may come late.',
    why: 'Servers wait for a place, a lock or a disk.',
    sends: `The first reply ${LATE} s late.`,
    expects: 'Exit code 0.',
    likely: 'a timeout of less than a second, or a read that does not wait',
    follows: ['framing/7.1', 'framing/7.6'],
    exit: 'ok',
    answers: [
      onFirst(async (conversation, one) => {
        await conversation.pause(LATE);
        conversation.send(one);
      }),
    ],
  },
  {
    id: 'time/10.2',
    level: 'MUST',
    rule: 'A reply may come slowly.',
    why: 'On a slow path the bytes of a frame are seconds apart.',
    sends: `The first reply in five pieces, ${LATE / 4} s apart.`,
    expects: 'Exit code 0.',
    likely: 'a pause inside a reply is taken for its end',
    follows: ['framing/7.2', 'framing/7.4', 'time/10.1'],
    exit: 'ok',
    answers: [
      onFirst((conversation, one) => {
        const cuts = [
          0,
          2,
          HEADER_LENGTH,
          HEADER_LENGTH + 1,
          Math.max(HEADER_LENGTH + 1, half(one.length)),
          one.length,
        ];
        return conversation.sendApart(
          cuts.slice(1).map((end, index) => one.subarray(cuts[index], end)),
          LATE / 4,
        );
      }),
    ],
  },
  {
    id: 'time/10.3',
    level: 'MUST',
    rule: 'A server that never answers is a failure, and not waited for without end.',
    why: 'A script that runs the client hangs with it.',
    sends: 'Nothing; the connection stays open.',
    expects: 'An exit code other than 0 within --client-timeout.',
    likely: TIMEOUT_IS_FAILURE,
    hangs: NO_TIMEOUT,
    exit: 'failure',
    answers: [
      async (conversation) => {
        await silence(conversation);
        return undefined;
      },
    ],
  },
  {
    id: 'time/10.4',
    level: 'MUST',
    rule: 'A server that falls silent inside a header is a failure.',
    why: 'A timeout that holds only for the first byte of a reply does not help here.',
    sends: 'The first 2 bytes of the first reply; the connection stays open.',
    expects: 'An exit code other than 0 within --client-timeout.',
    likely: TIMEOUT_IS_FAILURE,
    hangs: NO_TIMEOUT,
    exit: 'failure',
    follows: ['time/10.3'],
    answers: [brokenReply(() => 2, silence)],
  },
  {
    id: 'time/10.5',
    level: 'MUST',
    rule: 'A server that falls silent inside a payload is a failure.',
    why: 'A path that loses its larger segments (MTU) does this.',
    sends: 'The first half of the first reply with a payload; the connection stays open.',
    expects: 'An exit code other than 0 within --client-timeout.',
    likely: TIMEOUT_IS_FAILURE,
    hangs: NO_TIMEOUT,
    exit: 'failure',
    follows: ['time/10.3'],
    answers: [brokenReply(half, silence)],
  },
  {
    id: 'time/10.6',
    level: 'MUST',
    rule: 'A server that falls silent after some of the replies is a failure.',
    why: 'The first replies are right, and those that do not come are not seen.',
    sends: 'The first reply, and nothing in the place of the second; the connection stays open.',
    expects: 'An exit code other than 0 within --client-timeout.',
    likely: TIMEOUT_IS_FAILURE,
    hangs: NO_TIMEOUT,
    exit: 'failure',
    follows: ['time/10.3'],
    answers: [onSecond(silence)],
  },
  {
    id: 'time/10.7',
    level: 'MUST',
    rule: 'Bytes without end in the place of a reply are a failure, and not read without end.',
    why: 'A port of another service, such as chargen, sends without end. A client that reads to the end fills its memory.',
    sends: 'Frames that nobody asked for, without end.',
    expects: 'An exit code other than 0 within --client-timeout.',
    likely: 'what comes is not compared with what was sent',
    hangs: READS_TO_END,
    exit: 'failure',
    answers: [
      onFirst((conversation) =>
        conversation.sendForever(Buffer.concat(Array<Buffer>(2000).fill(frame('nobody asked for this')))),
      ),
    ],
  },
  {
    id: 'time/10.8',
    level: 'MUST',
    rule: 'A client ends when each frame came back, though the server keeps the connection open.',
    why: 'Servers keep connections open for the next request, and not all answer a FIN with a FIN.',
    sends: 'Each frame back; the connection stays open, also after the client has ended its side.',
    expects: 'Exit code 0 within --client-timeout.',
    likely: READS_TO_END,
    exit: 'ok',
    answers: [
      async (conversation) => {
        for (let one = await conversation.next(); one; one = await conversation.next()) await conversation.reply(one);
        await silence(conversation);
        return undefined;
      },
    ],
  },
  {
    id: 'time/10.9',
    level: 'MUST',
    rule: 'A client ends when each frame came back, though the server sends on.',
    why: 'A client that waits for silence before it ends never does.',
    sends:
      'The replies to the frames that come without a pause of 0.1 s, and then frames that nobody asked for, without end.',
    expects: 'An end within --client-timeout, with any exit code.',
    likely: READS_TO_END,
    exit: 'any',
    follows: ['time/10.7'],
    answers: [
      async (conversation) => {
        for (let one = await conversation.next(); one; one = await conversation.next(0.1))
          await conversation.reply(one);
        await conversation.sendForever(frame('nobody asked for this'));
        return undefined;
      },
    ],
  },
];
