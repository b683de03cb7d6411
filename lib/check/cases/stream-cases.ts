import type { CheckCase } from '../case';
import { count, type Exchange } from '../exchange';
import { Mismatch } from '../mismatch';
import { frame, frames, randomFrom } from '../wire';

const MIB = 1 << 20;
/** What a client writes before it gives up on a server that takes all: more than the socket buffers of both ends hold. */
const WITHOUT_END = 64 * MIB;
/** Seconds without a byte taken after which a client starts to read. */
const STALL_SECONDS = 0.4;
/** The same where it decides the verdict, and a slow machine must not look like a server that holds back. */
const HOLDS_BACK_SECONDS = 1.5;

function aboutOneMebibyte(exchange: Exchange): Buffer {
  const one = frame(exchange.payload(16384));
  return Buffer.concat(Array.from({ length: Math.floor(MIB / one.length) }, () => one));
}

export const stream: readonly CheckCase[] = [
  {
    id: 'stream/3.1',
    level: 'MUST',
    rule: "A client's FIN ends only its own direction: what it sent is echoed, then comes the server's FIN.",
    why: 'A pipeline such as `printf … | nc host port` ends its direction as soon as it has sent all, and waits for the answer.',
    sends: 'Three frames and a FIN, together.',
    expects: 'The three frames, then a FIN.',
    likely: 'the connection is closed when the end of the stream is read, before replies are flushed (allowHalfOpen)',
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
    rule: 'A client that sends much, ends its direction and only then reads gets all of it.',
    why: 'Replies that wait in a buffer at the end of the stream are lost when the socket is closed over them.',
    sends: '5000 frames of up to 200 bytes and a FIN, without reading until the server takes no more.',
    expects: 'All 5000 frames, then a FIN.',
    likely: 'the socket is destroyed at the end of the stream, with replies still queued',
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
    rule: 'A client may write much before it reads: nothing is lost or cut.',
    why: 'When the socket buffer is full, send() takes a part or says EAGAIN; what it did not take must be sent later.',
    sends: '24 MiB of frames without reading until the server takes no more; then all is read.',
    expects: 'Every frame.',
    likely: 'the count that send() returns is not looked at, or EAGAIN drops the reply',
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
    rule: 'A client that does not read is not read from: what a connection holds stays bounded.',
    why: 'One client that never reads fills the memory of a server that keeps reading, and takes all others down with it.',
    sends: '64 MiB of frames, never reading, until the server takes no more.',
    expects: 'A server that stops taking bytes (or cuts the client off) before it has taken all.',
    likely: 'replies are queued without end: stop reading while they wait (write() returned false, EAGAIN)',
    pace: 'timed',
    async run(exchange) {
      const probe = await exchange.open();
      const mebibyte = aboutOneMebibyte(exchange);
      for (let taken = 0; taken < WITHOUT_END; taken += mebibyte.length)
        if ((await probe.push(mebibyte, HOLDS_BACK_SECONDS)) !== 'taken') return;
      throw new Mismatch(`all ${WITHOUT_END / MIB} MiB taken from a client that read nothing`);
    },
  },
  {
    id: 'stream/3.5',
    level: 'MUST',
    rule: 'Two clients at once do not mix: each gets its own bytes.',
    why: 'One buffer shared by all connections works until the second client comes.',
    sends: 'Half a frame by one client, a whole frame by another, the rest by the first; then 50 rounds in turn.',
    expects: 'To each client its own frames.',
    likely: 'a buffer or a parse state is shared between connections (a global, a static, a field of the server)',
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
    rule: 'Replies come in the order of the frames, however large or small each is.',
    why: 'Nothing in a frame says which request it answers: order is all that a client has.',
    sends: '60 frames in one write, one of the largest size before each of one byte.',
    expects: 'All, in order.',
    likely: 'frames are handled by several workers, and small ones overtake large ones',
    async run(exchange) {
      const payloads = Array.from({ length: 60 }, (_, n) => exchange.payload(n % 2 === 0 ? 8192 : 1, n));
      await exchange.echoes(await exchange.open(), ...payloads);
    },
  },
  {
    id: 'stream/3.7',
    level: 'SHOULD',
    rule: 'A client that does not read does not hold up another.',
    why: 'One slow phone stops the service for all.',
    sends: 'Frames by one client that reads nothing, until the server takes no more; then a frame by another.',
    expects: 'To the other client its frame.',
    likely: 'a blocking send() in a server of one thread, or one output queue for all clients',
    needs: ['concurrent'],
    async run(exchange) {
      const mebibyte = aboutOneMebibyte(exchange);
      const greedy = await exchange.open();
      for (let taken = 0; taken < WITHOUT_END / 2; taken += mebibyte.length)
        if ((await greedy.push(mebibyte, STALL_SECONDS)) !== 'taken') break;
      await exchange.serves('while a client does not read');
      greedy.reset();
    },
  },
  {
    id: 'stream/3.8',
    level: 'MUST',
    rule: 'A client may keep sending while it reads: both directions move at once.',
    why: 'A server that reads all before it writes, or the reverse, deadlocks with a client that streams.',
    sends: '200 frames, with at most 16 unanswered at any time.',
    expects: 'Each frame, while others are on their way.',
    likely: 'the server reads until a read would block, or batches replies by count',
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
      if (probe.ending !== 'open') throw new Mismatch(`the end of the stream after ${count(wires.length, 'frame')}`);
    },
  },
];
