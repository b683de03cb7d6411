import { HEADER_LENGTH, header } from '../../wire';
import { brokenReply, fin, onFirst, onSecond, reset, silence } from '../answers';
import type { ClientCase } from '../client-case';

const END_IS_FAILURE =
  'the end of the stream is taken for the end of the replies: exit with 0 only if each frame came back';
const PARTIAL = 'what came of a reply before the end of the stream is taken for the whole';
const LOOPS = 'a read that returns no byte is repeated for ever: it means the end of the stream';
const RESET_IS_FAILURE = 'an error of a read (ECONNRESET) is ignored';
const LIMIT =
  'the length is not checked before the payload is awaited: refuse what is larger than the frame that was sent';

const half = (length: number): number => HEADER_LENGTH + Math.floor((length - HEADER_LENGTH) / 2);
const nothing = (): number => 0;
const HTTP = Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');

export const faults: readonly ClientCase[] = [
  {
    id: 'faults/9.1',
    level: 'MUST',
    rule: 'An end of the stream before the first reply is a failure.',
    why: 'A proxy without a server behind it does this, and so does a server that refuses the frame.',
    sends: 'Nothing but a FIN, when the first frame is whole.',
    expects: 'An exit code other than 0.',
    likely: END_IS_FAILURE,
    hangs: LOOPS,
    exit: 'failure',
    answers: [brokenReply(nothing, fin)],
  },
  {
    id: 'faults/9.2',
    level: 'MUST',
    rule: 'An end of the stream inside a header is a failure.',
    why: 'A server that is stopped ends its streams anywhere.',
    sends: 'The first 2 bytes of the first reply, and a FIN.',
    expects: 'An exit code other than 0.',
    likely: PARTIAL,
    hangs: LOOPS,
    exit: 'failure',
    follows: ['faults/9.1'],
    answers: [brokenReply(() => 2, fin)],
  },
  {
    id: 'faults/9.3',
    level: 'MUST',
    rule: 'An end of the stream between a header and its payload is a failure.',
    why: 'A server that crashes after its first write leaves this.',
    sends: 'The header of the first reply with a payload, and a FIN.',
    expects: 'An exit code other than 0.',
    likely: PARTIAL,
    hangs: LOOPS,
    exit: 'failure',
    follows: ['faults/9.1'],
    answers: [brokenReply(() => HEADER_LENGTH, fin)],
  },
  {
    id: 'faults/9.4',
    level: 'MUST',
    rule: 'An end of the stream inside a payload is a failure.',
    why: 'What came is the right start of the reply, and yet the reply is lost.',
    sends: 'The first half of the first reply with a payload, and a FIN.',
    expects: 'An exit code other than 0.',
    likely: PARTIAL,
    hangs: LOOPS,
    exit: 'failure',
    follows: ['faults/9.1'],
    answers: [brokenReply(half, fin)],
  },
  {
    id: 'faults/9.5',
    level: 'MUST',
    rule: 'An end of the stream after some of the replies is a failure.',
    why: 'The first replies are right, and those that are lost are not seen.',
    sends: 'The first reply, and a FIN in the place of the second.',
    expects: 'An exit code other than 0.',
    likely: END_IS_FAILURE,
    hangs: LOOPS,
    exit: 'failure',
    follows: ['faults/9.1'],
    answers: [onSecond(fin)],
  },
  {
    id: 'faults/9.6',
    level: 'MUST',
    rule: 'A reset before the first reply is a failure.',
    why: 'A server that crashes, or closes with bytes unread, resets the connection.',
    sends: 'Nothing but an RST, when the first frame is whole.',
    expects: 'An exit code other than 0.',
    likely: RESET_IS_FAILURE,
    exit: 'failure',
    answers: [brokenReply(nothing, reset)],
  },
  {
    id: 'faults/9.7',
    level: 'MUST',
    rule: 'A reset inside a header is a failure.',
    why: 'A load balancer that cuts a connection does it anywhere.',
    sends: 'The first 2 bytes of the first reply, and an RST.',
    expects: 'An exit code other than 0.',
    likely: RESET_IS_FAILURE,
    exit: 'failure',
    follows: ['faults/9.6'],
    answers: [brokenReply(() => 2, reset)],
  },
  {
    id: 'faults/9.8',
    level: 'MUST',
    rule: 'A reset inside a payload is a failure.',
    why: 'What came is the right start of the reply, and yet the reply is lost.',
    sends: 'The first half of the first reply with a payload, and an RST.',
    expects: 'An exit code other than 0.',
    likely: RESET_IS_FAILURE,
    exit: 'failure',
    follows: ['faults/9.6'],
    answers: [brokenReply(half, reset)],
  },
  {
    id: 'faults/9.9',
    level: 'MUST',
    rule: 'A connection that is closed at once is a failure.',
    why: 'A server that has no place for another client does this.',
    sends: 'A FIN right after the connect.',
    expects: 'An exit code other than 0.',
    likely: END_IS_FAILURE,
    hangs: LOOPS,
    exit: 'failure',
    follows: ['faults/9.1'],
    answers: [
      async (conversation) => {
        conversation.end();
        await conversation.echoRest();
        return undefined;
      },
    ],
  },
  {
    id: 'faults/9.10',
    level: 'MUST',
    rule: 'A connection that is refused is a failure.',
    why: 'Scripts start the client before the server, or with the wrong port.',
    sends: 'Nothing: nobody listens on the port.',
    expects: 'An exit code other than 0.',
    likely: 'an error of connect() is ignored',
    hangs: 'it tries to connect for ever',
    exit: 'failure',
    answers: ['refused'],
  },
  {
    id: 'faults/9.11',
    level: 'MUST',
    rule: 'A header that announces more than the frame that was sent is a failure.',
    why: 'A length of 4 GiB, or a negative one to who reads it as signed, breaks buffers and loops.',
    sends:
      'A header that announces 4294967295 bytes in the place of the first reply, and in another run 2147483648; then nothing.',
    expects: 'An exit code other than 0, without a crash.',
    likely: 'a length of more than 2147483647 is read as negative, and a negative length as nothing to wait for',
    hangs: LIMIT,
    exit: 'failure',
    answers: [0xffffffff, 0x80000000].map((length) =>
      onFirst(async (conversation) => {
        conversation.send(header(length));
        await silence(conversation);
      }),
    ),
  },
  {
    id: 'faults/9.12',
    level: 'MUST',
    rule: 'A header that announces 4 GiB is refused, though bytes follow it.',
    why: 'A client that believes it fills its memory.',
    sends: 'A header that announces 4294967295 bytes in the place of the first reply, and then bytes without end.',
    expects: 'An exit code other than 0.',
    likely: 'what comes is not compared with what was sent',
    hangs: LIMIT,
    exit: 'failure',
    follows: ['faults/9.11'],
    answers: [
      onFirst(async (conversation) => {
        conversation.send(header(0xffffffff));
        await conversation.sendForever(Buffer.alloc(1 << 16));
      }),
    ],
  },
  {
    id: 'faults/9.13',
    level: 'MUST',
    rule: 'A server of another protocol is a failure.',
    why: 'The port was the wrong one.',
    sends: 'The answer of a web server, when the first frame is whole, and a FIN.',
    expects: 'An exit code other than 0.',
    likely: 'what comes is not compared with what was sent',
    hangs: LOOPS,
    exit: 'failure',
    follows: ['faults/9.9'],
    answers: [
      onFirst((conversation) => {
        conversation.send(HTTP);
        fin(conversation);
      }),
    ],
  },
];
