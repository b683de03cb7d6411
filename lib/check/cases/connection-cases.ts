import type { CheckCase } from '../case';
import { frame, header, pattern } from '../wire';

/** How many clients do the same thing in a row: enough that a server which survives once by luck does not. */
const TIMES = 5;

export const connection: readonly CheckCase[] = [
  {
    id: 'connection/1.1',
    level: 'MUST',
    rule: 'A client that connects is accepted, hears nothing before it speaks, and is served.',
    why: 'A banner or a stray byte before the first reply shifts every frame after it.',
    sends: 'Nothing for 100 ms, then one frame.',
    expects: 'Nothing, then the frame.',
    likely: 'the server writes on accept, or never reads',
    async run(exchange) {
      const probe = await exchange.open();
      await exchange.staysSilent(probe, 100);
      await exchange.echoes(probe, 'hello');
    },
  },
  {
    id: 'connection/1.2',
    level: 'MUST',
    rule: 'A connection stays open after a reply: it serves frame after frame.',
    why: 'A client that keeps its connection, as most do, fails at its second message.',
    sends: 'Twenty frames on one connection, each after the reply to the one before.',
    expects: 'Each frame.',
    likely: 'the connection is closed after one reply, or the loop reads one frame only',
    async run(exchange) {
      const probe = await exchange.open();
      for (let n = 1; n <= 20; n++) await exchange.echoes(probe, `message ${n}`);
    },
  },
  {
    id: 'connection/1.3',
    level: 'MUST',
    rule: 'A client that is done and leaves makes room for the next.',
    why: 'A server that serves its first client only passes every test by hand.',
    sends: `One frame and a FIN, by ${TIMES} clients in turn.`,
    expects: 'Each frame, then a FIN, for each client.',
    likely: 'the accept loop ends with its first client, or the end of the stream (a read of 0 bytes) is not seen',
    async run(exchange) {
      for (let n = 1; n <= TIMES; n++) {
        const probe = await exchange.open();
        await exchange.echoes(probe, `client ${n}`);
        probe.finish();
        await exchange.ends(probe, 'fin');
      }
      await exchange.serves('after clients that left');
    },
  },
  {
    id: 'connection/1.4',
    level: 'MUST',
    rule: 'A client that connects and leaves without a word does no harm.',
    why: 'Health checks and port scanners do just that, all day.',
    sends: `A FIN and nothing else, by ${TIMES} clients; then a frame by the next.`,
    expects: 'The frame.',
    likely: 'an end of stream before the first header is handled as an error that ends the server',
    async run(exchange) {
      for (let n = 1; n <= TIMES; n++) (await exchange.open()).close();
      await exchange.serves('after clients that said nothing');
    },
  },
  {
    id: 'connection/1.5',
    level: 'MUST',
    rule: 'A client that resets its connection does no harm to the next.',
    why: 'Clients crash and middleboxes cut; ECONNRESET in one connection must not end the rest.',
    sends: `One frame, and a reset (RST) after its reply, by ${TIMES} clients; then a frame by the next.`,
    expects: 'The frame.',
    likely: 'ECONNRESET from recv() is not handled: an exception, an unhandled error event, an exit',
    async run(exchange) {
      for (let n = 1; n <= TIMES; n++) {
        const probe = await exchange.open();
        await exchange.echoes(probe, `client ${n}`);
        probe.reset();
      }
      await exchange.serves('after clients that reset');
    },
  },
  {
    id: 'connection/1.6',
    level: 'MUST',
    rule: 'A client that vanishes amid a large echo does no harm to the next.',
    why: 'Writing to a connection that is gone raises SIGPIPE, which ends a C or Python program that does not ask otherwise.',
    sends: 'Frames of 4 MiB in all, unread, and then a reset, by 3 clients; then a frame by the next.',
    expects: 'The frame.',
    likely: 'SIGPIPE or EPIPE on write is not handled: ignore SIGPIPE, treat EPIPE as the end of that client',
    async run(exchange) {
      const one = frame(exchange.payload(16384));
      const many = Buffer.alloc(4 << 20, one);
      for (let n = 1; n <= 3; n++) {
        const probe = await exchange.open();
        await probe.push(many, 0.1);
        probe.reset();
      }
      await exchange.serves('after clients that were reset amid an echo');
    },
  },
  {
    id: 'connection/1.7',
    level: 'MUST',
    rule: 'A client that leaves inside a frame does no harm to the next.',
    why: 'What is left of one client must not be taken for the start of the next.',
    sends: 'Half a header and a FIN by one client, half a payload and a FIN by another; then a frame by the next.',
    expects: 'The frame.',
    likely:
      'a half-read frame is kept in a buffer that outlives its connection, or the loop spins on a read of 0 bytes',
    async run(exchange) {
      for (const start of [header(9).subarray(0, 2), Buffer.concat([header(9), pattern(4)])]) {
        const probe = await exchange.open();
        probe.send(start);
        await exchange.pause();
        probe.close();
      }
      await exchange.serves('after clients that left inside a frame');
    },
  },
  {
    id: 'connection/1.8',
    level: 'MUST',
    rule: 'A server that stops and starts again gets its port back at once.',
    why: 'Without SO_REUSEADDR a restart fails with EADDRINUSE for a minute, while old connections are in TIME_WAIT.',
    sends: 'A frame; then the server is stopped (SIGTERM) with the client still connected, and started again.',
    expects: 'The frame; the end of the stream; a server that listens on the same port and echoes.',
    likely: 'the listening socket lacks SO_REUSEADDR, set before bind()',
    needs: ['restart'],
    pace: 'alone',
    async run(exchange) {
      const probe = await exchange.open();
      await exchange.echoes(probe, 'before the restart');
      const restarted = exchange.restart();
      await Promise.race([exchange.ends(probe, 'any', exchange.patience * 2).catch(() => undefined), restarted]);
      probe.close();
      await restarted;
      await exchange.serves('after the restart');
    },
  },
];
