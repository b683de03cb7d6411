import type { CheckCase } from '../case';
import type { Exchange } from '../exchange';
import { Mismatch } from '../mismatch';
import type { Probe } from '../probe';
import { frame, frames, header, pattern } from '../wire';

const GARBAGE = 100 * 1024;
/** Milliseconds between the bytes of a payload that will never be whole: they keep every idle guard quiet. */
const TRICKLE_MS = 100;

const TEN = Array.from({ length: 10 }, (_, n) => `good frame ${n}`);

/**
 * The server ends the stream although the client keeps moving: a byte now and then, so that what ends it is the header
 * and not an idle timeout.
 */
async function endsWhileTrickling(exchange: Exchange, probe: Probe): Promise<void> {
  const deadline = performance.now() + exchange.patience * 1000;
  do {
    probe.send(Buffer.from('x'));
    const got = await probe.take(1 << 16, TRICKLE_MS / 1000);
    if (got) {
      const bytes = { sent: probe.sent, expected: Buffer.alloc(0), got };
      throw new Mismatch('a reply to a frame that had to be refused', bytes, 'the announced length is not checked');
    }
  } while (probe.ending === 'open' && performance.now() < deadline);
  if (probe.ending === 'open') throw new Mismatch(`a connection that was still open after ${exchange.patience} s`);
}

export const limits: readonly CheckCase[] = [
  {
    id: 'limits/4.1',
    level: 'MUST',
    rule: 'A header that announces one byte more than the limit is refused at once, on the header alone.',
    why: 'A server that waits for the payload first holds what it will throw away, for every client that asks.',
    sends: 'A header for limit + 1 bytes; of the payload only a byte now and then.',
    expects: 'The end of the stream (FIN or RST), and no byte.',
    likely: 'the limit is checked after the payload was read, is off by one, or the connection is left open',
    needs: ['maxPayload'],
    async run(exchange) {
      const probe = await exchange.open();
      probe.send(header(exchange.promised('maxPayload') + 1));
      await endsWhileTrickling(exchange, probe);
    },
  },
  {
    id: 'limits/4.2',
    level: 'MUST',
    rule: 'The length is unsigned: the largest header there is, 0xffffffff, is refused as too large.',
    why: 'As a signed number it is -1: smaller than any limit, and what malloc and read make of it is an exploit.',
    sends: 'The header ff ff ff ff; of the payload only a byte now and then.',
    expects: 'The end of the stream (FIN or RST), and no byte.',
    likely: 'the length is read into a signed integer',
    needs: ['maxPayload'],
    async run(exchange) {
      const probe = await exchange.open();
      probe.send(header(0xffffffff));
      await endsWhileTrickling(exchange, probe);
    },
  },
  {
    id: 'limits/4.3',
    level: 'MUST',
    rule: 'A frame over the limit is not echoed, also when all of it comes.',
    why: 'A limit that holds back nothing is none.',
    sends: 'A whole frame of limit + 1 bytes.',
    expects: 'The end of the stream (FIN or RST), and no byte.',
    likely: 'the limit is not checked, or is off by one (it counts the header, or > where >= was meant)',
    needs: ['maxPayload'],
    async run(exchange) {
      const probe = await exchange.open();
      probe.send(frame(pattern(exchange.promised('maxPayload') + 1)));
      await exchange.ends(probe, 'any');
    },
  },
  {
    id: 'limits/4.4',
    level: 'MUST',
    rule: 'Whole frames before a refused header are still echoed.',
    why: 'They were right; a client that gets no answer to them does not know whether they were done.',
    sends: 'Ten frames and a header for limit + 1 bytes, in one segment.',
    expects: 'The ten frames, then the end of the stream.',
    likely: 'replies wait in a buffer that is flushed once per read, and the refusal throws it away',
    needs: ['maxPayload'],
    async run(exchange) {
      const probe = await exchange.open();
      const good = frames(TEN);
      probe.send(Buffer.concat([good, header(exchange.promised('maxPayload') + 1)]));
      await exchange.receives(probe, good);
      await exchange.ends(probe, 'any');
    },
  },
  {
    id: 'limits/4.5',
    level: 'MUST',
    rule: 'A refused connection is closed with a FIN, after the echoes, also when the client has sent more.',
    why: 'Closing a socket with unread bytes sends a reset, and a reset may take back echoes that were on their way.',
    sends: `Ten frames, a header for limit + 1 bytes and ${GARBAGE / 1024} KiB behind it, in one write.`,
    expects: 'The ten frames, then a FIN.',
    likely:
      'close() right after the last echo: shut down the write side, then read on for a bounded while (lingering close)',
    needs: ['maxPayload'],
    async run(exchange) {
      const probe = await exchange.open();
      const good = frames(TEN);
      probe.send(Buffer.concat([good, header(exchange.promised('maxPayload') + 1), Buffer.alloc(GARBAGE, 'x')]));
      await exchange.receives(probe, good);
      await exchange.ends(probe, 'fin');
    },
  },
  {
    id: 'limits/4.6',
    level: 'MUST',
    rule: 'Echoes before a refused header are not lost to a client that reads late and sends on.',
    why: 'This client is the usual one: it writes its batch, and only then looks at the answers.',
    sends: `Ten frames, a header for limit + 1 bytes and ${GARBAGE / 1024} KiB, then 10 KiB four times, 50 ms apart; then it reads.`,
    expects: 'The ten frames, then a FIN.',
    likely: 'the socket is closed right after the FIN: bytes that still come are answered with a reset, read them away',
    needs: ['maxPayload'],
    async run(exchange) {
      const probe = await exchange.open();
      const good = frames(TEN);
      probe.send(Buffer.concat([good, header(exchange.promised('maxPayload') + 1), Buffer.alloc(GARBAGE, 'x')]));
      for (let n = 1; n <= 4; n++) {
        await exchange.pause(50);
        probe.send(Buffer.alloc(GARBAGE / 10, 'y'));
      }
      await exchange.receives(probe, good);
      await exchange.ends(probe, 'fin');
    },
  },
  {
    id: 'limits/4.7',
    level: 'MUST',
    rule: 'A client that was refused does no harm to the next.',
    why: 'One bad client must not be able to end the service.',
    sends: 'Headers for limit + 1 bytes and for 4 GiB - 1, by five clients each; then a frame by the next.',
    expects: 'The frame.',
    likely: 'the refusal is an error that ends the server, or memory for the announced length could not be had',
    needs: ['maxPayload'],
    async run(exchange) {
      for (const length of [exchange.promised('maxPayload') + 1, 0xffffffff])
        for (let n = 1; n <= 5; n++) {
          const probe = await exchange.open();
          probe.send(header(length));
          await probe.take(1, exchange.patience);
          probe.close();
        }
      await exchange.serves('after clients that were refused');
    },
  },
  {
    id: 'limits/4.8',
    level: 'MUST',
    rule: 'A frame whose payload is cut short by the end of the stream gets no reply.',
    why: 'A client that died while it sent must not have half a message taken for a whole one.',
    sends: 'A header for 10 bytes, 5 bytes and a FIN.',
    expects: 'The end of the stream, and no byte.',
    likely: 'what was read is echoed at the end of the stream whether or not it is whole, or the end is never seen',
    async run(exchange) {
      const probe = await exchange.open();
      probe.send(Buffer.concat([header(10), pattern(5)]));
      probe.finish();
      await exchange.ends(probe, 'any');
    },
  },
  {
    id: 'limits/4.9',
    level: 'MUST',
    rule: 'A header that is cut short by the end of the stream gets no reply.',
    why: 'Two bytes and two that are left over from before make a length that nobody sent.',
    sends: 'Two bytes of a header and a FIN.',
    expects: 'The end of the stream, and no byte.',
    likely: 'a short read of the header is taken as whole, or the end of the stream inside it is never seen',
    async run(exchange) {
      const probe = await exchange.open();
      probe.send(header(0).subarray(0, 2));
      probe.finish();
      await exchange.ends(probe, 'any');
    },
  },
  {
    id: 'limits/4.10',
    level: 'MUST',
    rule: 'Whole frames before a truncated one are echoed, and then comes a FIN.',
    why: 'What a client sent whole before it broke off counts.',
    sends: 'Three frames, half of a fourth and a FIN, in one segment.',
    expects: 'The three frames, then a FIN.',
    likely: 'the end of the stream inside a frame is an error that throws away the replies still queued',
    async run(exchange) {
      const probe = await exchange.open();
      const good = frames(['one', 'two', 'three']);
      probe.send(Buffer.concat([good, frame('truncated').subarray(0, 8)]));
      probe.finish();
      await exchange.receives(probe, good);
      await exchange.ends(probe, 'fin');
    },
  },
];
