import type { CheckCase } from '../case';
import { UNTOLD_LARGEST } from '../exchange';
import { frame, frames, HEADER_LENGTH, header, pattern, randomFrom } from '../wire';

/** Lengths at which counters overflow and buffers end. */
const EDGES = [
  1, 2, 3, 4, 5, 127, 128, 255, 256, 257, 511, 512, 1023, 1024, 1025, 4095, 4096, 4097, 8192, 16384, 32768, 65535,
];

export const framing: readonly CheckCase[] = [
  {
    id: 'framing/2.1',
    level: 'MUST',
    rule: 'A frame comes back whole: the same header, the same payload.',
    why: 'This is the service.',
    sends: 'One frame of 5 bytes in one segment.',
    expects: 'Its 9 bytes.',
    likely:
      'nothing is read or written, or the length is read in another format: little-endian, another width, the header counted',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), 'hello');
    },
  },
  {
    id: 'framing/2.2',
    level: 'MUST',
    rule: 'A frame of length 0 is a frame: its header comes back.',
    why: 'Empty messages are how many protocols say "still there" or "no result"; a client that waits for one hangs.',
    sends: 'One frame of length 0.',
    expects: 'Its 4 bytes.',
    likely: 'a length of 0 is taken for the end of the stream, or no reply is written for it',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), '');
    },
  },
  {
    id: 'framing/2.3',
    level: 'MUST',
    rule: 'Empty frames between others keep their places.',
    why: 'A client that matches replies to requests by their order is off by one from there on.',
    sends: 'Six frames in one segment, the first, third, fourth and last empty.',
    expects: 'All six, in order.',
    likely: 'empty frames are dropped or end the loop that parses what was read',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), '', 'one', '', '', 'two', '');
    },
  },
  {
    id: 'framing/2.4',
    level: 'MUST',
    rule: 'The largest payload that the server promises is echoed.',
    why: 'A limit that is off by one, or a length kept in 16 bits, shows only here.',
    sends: 'One frame whose payload has exactly as many bytes as the limit.',
    expects: 'The frame.',
    likely: 'the limit is compared with >= instead of >, counts the header, or the length is kept in too few bits',
    needs: ['maxPayload'],
    async run(exchange) {
      await exchange.echoes(await exchange.open(), pattern(exchange.promised('maxPayload')));
    },
  },
  {
    id: 'framing/2.5',
    level: 'MUST',
    rule: 'Every length works, also where counters overflow and buffers end.',
    why: 'Messages of 100 bytes work and one of 256 or 4097 does not: the bug that is found in production.',
    sends: `Frames of lengths around powers of two, from 1 up to the limit (${UNTOLD_LARGEST} where it is not told), each after the last reply.`,
    expects: 'Each frame.',
    likely: 'a buffer of fixed size, or a length kept in 8 or 16 bits',
    async run(exchange) {
      const probe = await exchange.open();
      for (const length of EDGES) if (length <= exchange.largest) await exchange.echoes(probe, pattern(length));
    },
  },
  {
    id: 'framing/2.6',
    level: 'MUST',
    rule: 'Two frames in one segment are two frames: two replies, in order.',
    why: 'TCP merges what a client sends quickly; a server that takes a read for a message loses the second.',
    sends: 'Two frames in one segment.',
    expects: 'Both, in order.',
    likely: 'one read is taken as one message: keep what follows the first frame and parse on',
    async run(exchange) {
      await exchange.echoes(await exchange.open(), 'first', 'the second');
    },
  },
  {
    id: 'framing/2.7',
    level: 'MUST',
    rule: 'Many frames of different lengths in one segment all come back, in order.',
    why: 'A pipelining client sends hundreds at once.',
    sends: '200 frames of 0 to 60 bytes in one write.',
    expects: 'All 200, in order.',
    likely:
      'the buffer is parsed once per read, has room for a few frames only, or replies are written by several threads',
    async run(exchange) {
      const random = randomFrom(27);
      const payloads = Array.from({ length: 200 }, (_, n) => exchange.payload(random(61), n));
      await exchange.echoes(await exchange.open(), ...payloads);
    },
  },
  {
    id: 'framing/2.8',
    level: 'MUST',
    rule: 'A header may come in pieces, cut at any byte.',
    why: 'A read of 4 bytes may return 1, 2 or 3 bytes; taken as a whole header they are another length.',
    sends: 'Three frames, their headers cut after 1, 2 and 3 bytes, the pieces 20 ms apart.',
    expects: 'Each frame.',
    likely: 'a read of 4 bytes is taken as whole whatever it returned: loop until there are 4',
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
    rule: 'A payload may come in pieces.',
    why: 'Anything larger than a segment does; on loopback it rarely shows.',
    sends:
      'Three frames: of each its header, then its payload in four pieces, 20 ms apart, the last of 1, 2 or 3 bytes.',
    expects: 'Each frame.',
    likely: 'a read of the payload is taken as whole whatever it returned: loop until all is there',
    async run(exchange) {
      const probe = await exchange.open();
      // A server that takes a read for the payload takes what follows for a frame, and echoes its bytes as well: the same
      // stream. But of a last piece that is no whole header it waits for the rest.
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
    rule: 'A segment may end inside the next frame: nothing of it is lost.',
    why: 'The first bytes of the next frame are thrown away with the buffer, and the stream is out of step for good.',
    sends:
      'A frame and 2 bytes of the next header; then the rest of it and half of a third; then the rest, 20 ms apart.',
    expects: 'All three frames.',
    likely: 'what follows a whole frame in the buffer is discarded unless it is whole as well',
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
    why: 'A client that waits for its reply before it goes on waits for ever.',
    sends: 'A frame and 2 bytes of the next header; the rest only after the reply.',
    expects: 'The first frame; then, after the rest, the second.',
    likely: 'replies are flushed only when the buffer is empty, or the server reads until its buffer is full',
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
    rule: 'Frames may come one byte at a time.',
    why: 'The worst that TCP may do to a stream; a right server does not notice.',
    sends: 'Three frames, one empty, byte by byte, 2 ms apart.',
    expects: 'All three.',
    likely: 'a read is taken as a whole header or payload somewhere: loop until all is there',
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
    rule: 'Where the stream is cut says nothing: any frames in any chunks come back the same.',
    why: 'The one property that framing is for.',
    sends: '1000 frames of 0 to 100 bytes in chunks of 1 to 300 bytes, cut at random.',
    expects: 'All 1000, in order.',
    likely: 'some cut of a header or payload is handled wrong: the offset of the first difference tells which frame',
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
    rule: 'A payload holds bytes: each of the 256 values comes back as it was.',
    why: 'NUL ends a C string, 0x80 is no UTF-8, CR LF gets translated; the first image that is sent breaks.',
    sends: 'Frames that hold all values from 0x00 to 0xff, up and down.',
    expects: 'The frames.',
    likely: 'the payload is handled as a string somewhere',
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
    rule: 'Nothing in a payload is taken for a frame, a line or a command.',
    why: 'Tunnelled protocols and logs hold such bytes all the time.',
    sends: 'Frames whose payloads are headers, whole frames, line ends, white space and "quit".',
    expects: 'The frames.',
    likely: 'payloads are searched for headers or line ends, trimmed, or acted upon: only the length counts',
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
    rule: 'Nothing comes but the echo: no byte before, between or after.',
    why: 'A line end or a NUL after each reply shifts all that follows.',
    sends: 'One frame; after its echo nothing for 150 ms.',
    expects: 'The frame, then nothing.',
    likely: 'println instead of print, sizeof instead of a length, a reply sent twice',
    async run(exchange) {
      const probe = await exchange.open();
      await exchange.echoes(probe, 'only this');
      await exchange.staysSilent(probe, 150);
    },
  },
];
