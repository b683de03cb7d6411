import type { CheckCase } from '../case';
import { DEFAULT_LARGEST } from '../exchange';
import { frame, frames, HEADER_LENGTH, header, pattern, randomFrom } from '../wire';

/** Lengths around powers of two, where counters overflow and buffers end. */
const EDGES = [
  1, 2, 3, 4, 5, 127, 128, 255, 256, 257, 511, 512, 1023, 1024, 1025, 4095, 4096, 4097, 8192, 16384, 32768, 65535,
];

export const framing: readonly CheckCase[] = [
  {
    id: 'framing/2.1',
    level: 'MUST',
    rule: 'A frame is echoed whole: header and payload.',
    why: 'This is what the server is for.',
    sends: 'One frame of 5 bytes in one segment.',
    expects: 'Its 9 bytes.',
    likely:
      'nothing is read or written, or the length is misread: little-endian, another width, or with the header counted',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), 'hello');
    },
  },
  {
    id: 'framing/2.2',
    level: 'MUST',
    rule: 'A frame of length 0 is valid: its header is echoed.',
    why: 'Many protocols use empty messages as keep-alives or empty results. A client that waits for the reply hangs.',
    sends: 'One frame of length 0.',
    expects: 'Its 4 bytes.',
    likely: 'a length of 0 is taken as the end of the stream, or is not answered',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), '');
    },
  },
  {
    id: 'framing/2.3',
    level: 'MUST',
    rule: 'Empty frames between others keep their place.',
    why: 'Clients match replies to requests by their order.',
    sends: 'Six frames in one segment; the first, third, fourth and last are empty.',
    expects: 'All six, in order.',
    likely: 'empty frames are dropped, or end the parsing of a read',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), '', 'one', '', '', 'two', '');
    },
  },
  {
    id: 'framing/2.4',
    level: 'MUST',
    rule: 'The largest allowed payload is echoed.',
    why: 'Only this shows a limit that is off by one, or a length in 16 bits.',
    sends: 'One frame with a payload as large as the limit.',
    expects: 'The frame.',
    likely: 'the limit is compared with >= instead of > or counts the header, or the length has too few bits',
    needs: ['maxPayload'],
    async run(exchange) {
      await exchange.echoes(await exchange.open(), pattern(exchange.promised('maxPayload')));
    },
  },
  {
    id: 'framing/2.5',
    level: 'MUST',
    rule: 'Frames of every length are echoed.',
    why: 'A bug at 256 or 4097 bytes is not found with messages of 100.',
    sends: `Frames of lengths around powers of two, up to the limit (${DEFAULT_LARGEST} if it is not known), each after the previous reply.`,
    expects: 'Each frame.',
    likely: 'a buffer of fixed size, or a length in 8 or 16 bits',
    async run(exchange) {
      const probe = await exchange.open();
      for (const length of EDGES) if (length <= exchange.largest) await exchange.echoes(probe, pattern(length));
    },
  },
  {
    id: 'framing/2.6',
    level: 'MUST',
    rule: 'Two frames in one segment get two replies, in order.',
    why: 'TCP merges what a client sends quickly. A server that takes a read as a message loses the second.',
    sends: 'Two frames in one segment.',
    expects: 'Both, in order.',
    likely: 'a read is taken as one message: parse the rest of it too',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), 'first', 'the second');
    },
  },
  {
    id: 'framing/2.7',
    level: 'MUST',
    rule: 'Many frames of different lengths in one write are all echoed, in order.',
    why: 'A client with a pipeline sends hundreds at once.',
    sends: '200 frames of 0 to 60 bytes in one write.',
    expects: 'All 200, in order.',
    likely: 'a read is parsed only once, the buffer holds only a few frames, or several threads send replies',
    async run(exchange) {
      const random = randomFrom(27);
      const payloads = Array.from({ length: 200 }, (_, n) => exchange.payload(random(61), n));
      await exchange.echoes(await exchange.open(), ...payloads);
    },
  },
  {
    id: 'framing/2.8',
    level: 'MUST',
    rule: 'A header may arrive in pieces, cut at any byte.',
    why: 'A read of 4 bytes may return 1, 2 or 3: taken as a header, they are another length.',
    sends: 'Three frames, their headers cut after 1, 2 and 3 bytes, the pieces 20 ms apart.',
    expects: 'Each frame.',
    likely: 'a short read is taken as a whole header: loop until there are 4 bytes',
    async run(exchange) {
      const probe = await exchange.open();
      for (const cut of [1, 2, 3]) {
        const wire = frame(`cut after ${cut}`);
        await probe.sendApart([wire.subarray(0, cut), wire.subarray(cut)], 20);
        await exchange.receives(probe, wire);
      }
    },
  },
  {
    id: 'framing/2.9',
    level: 'MUST',
    rule: 'A payload may arrive in pieces.',
    why: 'Every payload larger than a segment does, though rarely on loopback.',
    sends:
      'Three frames, each as a header and a payload in four pieces, 20 ms apart; the last piece has 1, 2 or 3 bytes.',
    expects: 'Each frame.',
    likely: 'a short read is taken as a whole payload: loop until all bytes are there',
    async run(exchange) {
      const probe = await exchange.open();
      // A server that takes a short read as the payload takes the rest as the next frame, and may still echo the same bytes. It cannot
      // when the rest is shorter than a header.
      for (const last of [1, 2, 3]) {
        const wire = frame(exchange.payload(600, last));
        const third = Math.ceil((wire.length - HEADER_LENGTH - last) / 3);
        const cuts = [0, ...[0, 1, 2].map((n) => HEADER_LENGTH + n * third), wire.length - last];
        await probe.sendApart(
          cuts.map((from, n) => wire.subarray(from, cuts[n + 1])),
          20,
        );
        await exchange.receives(probe, wire);
      }
    },
  },
  {
    id: 'framing/2.10',
    level: 'MUST',
    rule: 'A segment may end inside the next frame, and none of it is lost.',
    why: 'If its first bytes are discarded with the buffer, all frames after it are misread.',
    sends: 'A frame and 2 bytes of a second one; then its rest and half of a third; then the rest; 20 ms apart.',
    expects: 'All three frames.',
    likely: 'an incomplete frame at the end of a read is discarded',
    async run(exchange) {
      const probe = await exchange.open();
      const wire = frames(['first', 'second', 'third']);
      const cuts = [0, 11, 24, wire.length];
      await probe.sendApart(
        cuts.slice(1).map((end, n) => wire.subarray(cuts[n], end)),
        20,
      );
      await exchange.receives(probe, wire);
    },
  },
  {
    id: 'framing/2.11',
    level: 'MUST',
    rule: 'A whole frame is echoed without waiting for more bytes.',
    why: 'A client that waits for its reply before it sends more would wait for ever.',
    sends: 'A frame and 2 bytes of the next header; the rest after the reply.',
    expects: 'The first frame, and after the rest the second.',
    likely: 'replies are sent only when the buffer is empty, or the server reads until its buffer is full',
    async run(exchange) {
      const probe = await exchange.open();
      const [first, second] = [frame('first'), frame('second')];
      probe.send(Buffer.concat([first, second.subarray(0, 2)]));
      await exchange.receives(probe, first);
      probe.send(second.subarray(2));
      await exchange.receives(probe, second);
    },
  },
  {
    id: 'framing/2.12',
    level: 'MUST',
    rule: 'Frames may arrive byte by byte.',
    why: 'TCP may cut a stream at every byte.',
    sends: 'Three frames, one empty, byte by byte, 2 ms apart.',
    expects: 'All three.',
    likely: 'a short read is taken as a whole header or payload: loop until all bytes are there',
    async run(exchange) {
      const probe = await exchange.open();
      const wire = frames(['byte', '', 'by byte']);
      await probe.sendApart(
        Array.from(wire, (byte) => Buffer.from([byte])),
        2,
      );
      await exchange.receives(probe, wire);
    },
  },
  {
    id: 'framing/2.13',
    level: 'MUST',
    rule: 'Frames are echoed the same, however the stream is cut.',
    why: 'This is what framing is for.',
    sends: '1000 frames of 0 to 100 bytes in random chunks of 1 to 300 bytes.',
    expects: 'All 1000, in order.',
    likely: 'a cut inside a header or payload is mishandled: the first difference shows in which frame',
    async run(exchange) {
      const random = randomFrom(1000);
      const wire = frames(Array.from({ length: 1000 }, (_, n) => exchange.payload(random(101), n)));
      const probe = await exchange.open();
      const chunks: Buffer[] = [];
      for (let at = 0; at < wire.length;) {
        const size = 1 + random(300);
        chunks.push(wire.subarray(at, at + size));
        at += size;
      }
      const sending = probe.sendApart(chunks, 1);
      await exchange.receives(probe, wire);
      await sending;
    },
  },
  {
    id: 'framing/2.14',
    level: 'MUST',
    rule: 'A payload is bytes: all 256 values are echoed unchanged.',
    why: 'NUL ends a C string, 0x80 is not UTF-8, CR LF may be translated: the first image breaks.',
    sends: 'Frames with all values from 0x00 to 0xff, up and down.',
    expects: 'The frames.',
    likely: 'the payload is handled as a string',
    async run(exchange) {
      const up = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
      const values = Buffer.concat([up, Buffer.from(up).reverse()]);
      const payloads: Buffer[] = [];
      for (let at = 0; at < values.length; at += exchange.largest)
        payloads.push(values.subarray(at, at + exchange.largest));
      await exchange.echoes(await exchange.open(), ...payloads);
    },
  },
  {
    id: 'framing/2.15',
    level: 'MUST',
    rule: 'A payload is not interpreted: not as a frame, a line or a command.',
    why: 'Tunnelled protocols and log lines contain such bytes.',
    sends: 'Frames with headers, whole frames, line ends, white space and "quit" as payloads.',
    expects: 'The frames.',
    likely: 'payloads are searched for headers or line ends, trimmed or executed: only the length counts',
    async run(exchange) {
      const payloads = [
        header(5),
        frame('inner'),
        header(0xffffffff),
        '\r\n',
        '\n',
        ' a\t ',
        'quit\n',
        '.\r\n',
        'exit',
      ];
      await exchange.echoes(await exchange.open(), ...payloads);
    },
  },
  {
    id: 'framing/2.16',
    level: 'MUST',
    rule: 'Nothing but the echo is sent: no byte before, between or after.',
    why: 'With a line end or a NUL after a reply, all later replies are misread.',
    sends: 'One frame, and nothing for 150 ms after its echo.',
    expects: 'The frame, then nothing.',
    likely: 'println instead of print, sizeof instead of the length, or a reply sent twice',
    async run(exchange) {
      const probe = await exchange.open();
      await exchange.echoes(probe, 'only this');
      await exchange.staysSilent(probe, 150);
    },
  },
];
