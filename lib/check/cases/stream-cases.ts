import type { CheckCase } from '../case';
import { plural } from '../../text/quantities';
import type { Exchange } from '../exchange';
import { Mismatch } from '../mismatch';
import { frame, frames, randomFrom } from '../wire';

const MIB = 1 << 20;
/** Bytes: more than the socket buffers of both ends hold. A server that takes them all has no backpressure. */
const MORE_THAN_BUFFERS = 64 * MIB;
/** Seconds without a byte taken after which a client goes on. */
const STALL_SECONDS = 0.4;
/** The same where the verdict depends on it: longer, so that a slow server does not seem to have backpressure. */
const BACKPRESSURE_SECONDS = 1.5;

function aboutOneMebibyte(exchange: Exchange): Buffer {
  const one = frame(exchange.payload(16384));
  return Buffer.concat(Array.from({ length: Math.floor(MIB / one.length) }, () => one));
}

export const stream: readonly CheckCase[] = [
  {
    id: 'stream/3.1',
    level: 'MUST',
    rule: "A client's FIN ends only its own direction: all it sent is echoed before the server's FIN.",
    why: 'A client such as `printf … | nc host port` sends its FIN at once, and then waits for the reply.',
    sends: 'Three frames and a FIN, together.',
    expects: 'The three frames, then a FIN.',
    likely: 'the connection is closed at the end of the stream, before replies are sent (allowHalfOpen)',
    async run(exchange) {
      const probe = await exchange.open();
      const wire = frames(['one', 'two', 'three']);
      probe.send(wire);
      probe.finish();
      await exchange.receives(probe, wire);
      await exchange.ends(probe, 'fin');
    },
  },
  {
    id: 'stream/3.2',
    level: 'MUST',
    rule: 'A client that sends much and a FIN before it reads gets every reply.',
    why: 'Replies that are still queued at the end of the stream are lost if the socket is closed.',
    sends: '5000 frames of up to 200 bytes and a FIN; it reads only when the server takes no more.',
    expects: 'All 5000 frames, then a FIN.',
    likely: 'the socket is closed at the end of the stream, with replies still queued',
    async run(exchange) {
      const random = randomFrom(5000);
      const wire = frames(Array.from({ length: 5000 }, (_, n) => exchange.payload(random(201), n)));
      const probe = await exchange.open();
      await probe.push(wire, STALL_SECONDS);
      probe.finish();
      await exchange.pause(100);
      await exchange.receives(probe, wire);
      await exchange.ends(probe, 'fin');
    },
  },
  {
    id: 'stream/3.3',
    level: 'MUST',
    rule: 'A client may send much before it reads: no reply is lost or cut.',
    why: 'When the socket buffer is full, send() takes only a part, or fails with EAGAIN: the rest must be sent later.',
    sends: '24 MiB of frames; it reads only when the server takes no more.',
    expects: 'Every frame.',
    likely: 'the result of send() is ignored, or EAGAIN drops the reply',
    async run(exchange) {
      const kinds = Array.from({ length: 31 }, (_, n) => frame(exchange.payload(16384, n)));
      const round = Buffer.concat(kinds);
      const wire = Buffer.concat(Array.from({ length: Math.ceil((24 * MIB) / round.length) }, () => round));
      const probe = await exchange.open();
      await probe.push(wire, STALL_SECONDS);
      await exchange.receives(probe, wire);
    },
  },
  {
    id: 'stream/3.4',
    level: 'MUST',
    rule: 'A client that does not read is not read from (backpressure): memory stays bounded.',
    why: 'Otherwise a single client can fill the memory of the server.',
    sends: 'Up to 64 MiB of frames, without reading, until the server takes no more.',
    expects: 'The server takes no more, or closes the connection, before it has taken all.',
    likely: 'replies are queued without limit: stop reading while they wait (write() returned false, EAGAIN)',
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      const mebibyte = aboutOneMebibyte(exchange);
      for (let taken = 0; taken < MORE_THAN_BUFFERS; taken += mebibyte.length)
        if ((await probe.push(mebibyte, BACKPRESSURE_SECONDS)) !== 'taken') return;
      throw new Mismatch(`all ${MORE_THAN_BUFFERS / MIB} MiB taken from a client that read nothing`);
    },
  },
  {
    id: 'stream/3.5',
    level: 'MUST',
    rule: 'Two clients at once each get their own bytes.',
    why: 'A buffer shared by all connections works until a second client connects.',
    sends: '50 times: half a frame by one client, a whole frame by another, the rest by the first.',
    expects: 'Each client gets its own frames.',
    likely: 'a buffer or parser is shared between connections (a global, a static, a field of the server)',
    needs: ['concurrent'],
    async run(exchange) {
      const [one, other] = [await exchange.open(), await exchange.open()];
      for (let n = 1; n <= 50; n++) {
        const [first, second] = [frame(`first client ${n}`), frame(`second client, round ${n}`)];
        one.send(first.subarray(0, 7));
        if (n === 1) await exchange.pause();
        other.send(second);
        await exchange.receives(other, second);
        one.send(first.subarray(7));
        await exchange.receives(one, first);
      }
    },
  },
  {
    id: 'stream/3.6',
    level: 'MUST',
    rule: 'Replies come in the order of the requests, large or small.',
    why: 'Only the order tells a client which request a reply belongs to.',
    sends: '60 frames in one write, large ones and ones of one byte in turn.',
    expects: 'All 60, in order.',
    likely: 'frames are handled in parallel, and small ones overtake large ones',
    async run(exchange) {
      const payloads = Array.from({ length: 60 }, (_, n) => exchange.payload(n % 2 === 0 ? 8192 : 1, n));
      await exchange.echoes(await exchange.open(), ...payloads);
    },
  },
  {
    id: 'stream/3.7',
    level: 'SHOULD',
    rule: 'A client that does not read does not block others.',
    why: 'Otherwise one slow phone stops the service for all.',
    sends: 'Frames by a client that does not read, until the server takes no more; then one frame by another.',
    expects: 'The other client gets its frame.',
    likely: 'a blocking send() in a single thread, or one output queue for all clients',
    needs: ['concurrent'],
    async run(exchange) {
      const mebibyte = aboutOneMebibyte(exchange);
      const greedy = await exchange.open();
      for (let taken = 0; taken < MORE_THAN_BUFFERS / 2; taken += mebibyte.length)
        if ((await greedy.push(mebibyte, STALL_SECONDS)) !== 'taken') break;
      await exchange.serves('while a client does not read');
      greedy.reset();
    },
  },
  {
    id: 'stream/3.8',
    level: 'MUST',
    rule: 'A client may send and read at the same time.',
    why: 'A server that reads everything before it writes deadlocks with a client that streams.',
    sends: '200 frames, at most 16 of them in flight.',
    expects: 'Each frame, while others are in flight.',
    likely: 'the server reads until a read would block, or sends replies only in batches',
    async run(exchange) {
      const probe = await exchange.open();
      const wires = Array.from({ length: 200 }, (_, n) => frame(exchange.payload(100 + n, n)));
      for (const [n, wire] of wires.entries()) {
        probe.send(wire);
        const due = wires[n - 15];
        if (due) await exchange.receives(probe, due);
      }
      const rest = wires.slice(-15);
      await exchange.receives(probe, Buffer.concat(rest), exchange.patience);
      if (probe.ending !== 'open') throw new Mismatch(`the end of the stream after ${plural(wires.length, 'frame')}`);
    },
  },
];
