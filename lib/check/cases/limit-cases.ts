import type { CheckCase } from '../case';
import type { Exchange } from '../exchange';
import { Mismatch } from '../mismatch';
import type { Probe } from '../probe';
import { frame, frames, header, pattern } from '../wire';

const GARBAGE = 100 * 1024;
/** ms between the bytes of a payload that never becomes whole, so that no idle timeout fires. */
const TRICKLE_MS = 100;

const TEN = Array.from({ length: 10 }, (_, n) => `good frame ${n}`);

/** Asserts that the server ends the stream because of the header: the client keeps sending, so that no idle timeout does. */
async function endsWhileTrickling(exchange: Exchange, probe: Probe): Promise<void> {
  const deadline = exchange.clock.now() + exchange.patience;
  do {
    probe.send(Buffer.from('x'));
    const got = await probe.take(1 << 16, TRICKLE_MS / 1000);
    if (got) {
      const bytes = { sent: probe.sent, expected: Buffer.alloc(0), got };
      throw new Mismatch('a reply to a frame over the limit', bytes, 'the announced length is not checked');
    }
  } while (probe.ending === 'open' && exchange.clock.now() < deadline);
  if (probe.ending === 'open') throw new Mismatch(`the connection still open after ${exchange.patience} s`);
}

export const limits: readonly CheckCase[] = [
  {
    id: 'limits/4.1',
    level: 'MUST',
    rule: 'A header that announces more than the limit is refused at once, without waiting for the payload.',
    why: 'Otherwise any client can make the server buffer a payload that it will discard.',
    sends: 'A header for limit + 1 bytes, and the payload a byte every 100 ms.',
    expects: 'The end of the stream (FIN or RST), and no byte.',
    likely: 'the limit is off by one or checked after the payload, or the connection is left open',
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
    rule: 'The length is unsigned: 0xffffffff is refused as too large.',
    why: 'As a signed number it is -1, which passes the limit and makes malloc and read exploitable.',
    sends: 'The header ff ff ff ff, and the payload a byte every 100 ms.',
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
    rule: 'A whole frame over the limit is not echoed.',
    why: 'A limit that is not enforced is none.',
    sends: 'A whole frame of limit + 1 bytes.',
    expects: 'The end of the stream (FIN or RST), and no byte.',
    likely: 'the limit is not checked, or is off by one',
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
    why: 'Without replies a client does not know whether they were processed.',
    sends: 'Ten frames and a header for limit + 1 bytes in one segment.',
    expects: 'The ten frames, then the end of the stream.',
    likely: 'the refusal discards replies that are still queued',
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
    rule: 'A refused connection is closed with a FIN after the echoes, even if the client has sent more.',
    why: 'Closing a socket with unread bytes sends a reset, which can destroy echoes in flight.',
    sends: `Ten frames, a header for limit + 1 bytes and ${GARBAGE / 1024} KiB after it, in one write.`,
    expects: 'The ten frames, then a FIN.',
    likely: 'close() right after the last echo: shut down the write side and read on for a while (lingering close)',
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
    rule: 'A refused client that sends on and reads late still gets the echoes.',
    why: 'Most clients write a whole batch before they read.',
    sends: `Ten frames, a header for limit + 1 bytes and ${GARBAGE / 1024} KiB, then 10 KiB four times, 50 ms apart; then it reads.`,
    expects: 'The ten frames, then a FIN.',
    likely: 'the socket is closed right after the FIN, so that later bytes cause a reset: read and discard them',
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
    rule: 'A refused client does no harm to the next.',
    why: 'One client must not be able to end the service.',
    sends: 'Headers for limit + 1 bytes and for 4 GiB - 1, by five clients each; then one frame by the next.',
    expects: 'The frame.',
    likely: 'the refusal ends the server, or memory for the announced length is allocated',
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
    rule: 'A payload that is truncated by the end of the stream gets no reply.',
    why: 'If a client dies, half of its message must not count as a whole one.',
    sends: 'A header for 10 bytes, 5 bytes and a FIN.',
    expects: 'The end of the stream, and no byte.',
    likely: 'an incomplete frame is echoed at the end of the stream, or the end is not noticed',
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
    rule: 'A header that is truncated by the end of the stream gets no reply.',
    why: 'Two bytes of a header and two old ones in the buffer make a length that nobody sent.',
    sends: 'Two bytes of a header and a FIN.',
    expects: 'The end of the stream, and no byte.',
    likely: 'a short read is taken as a whole header, or the end of the stream is not noticed',
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
    rule: 'Whole frames before a truncated one are echoed, followed by a FIN.',
    why: 'What a client sent whole counts.',
    sends: 'Three frames, half of a fourth and a FIN in one segment.',
    expects: 'The three frames, then a FIN.',
    likely: 'the end of the stream inside a frame discards replies that are still queued',
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
